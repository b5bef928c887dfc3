-- The load that wrk makes: each request is of a user picked at random. A PATCH says something that
-- this user's profile does not say yet: the bodies of a user take turns, and each run has its own.
local method = os.getenv("BENCH_METHOD")
local path = os.getenv("BENCH_PATH")
local turns = method == "GET" and 1 or 8
local requests, turn, users = {}, {}, 0
local random = math.random

local function compose(token, number)
  local head = method .. " " .. path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n"
  if method == "GET" then return head .. "\r\n" end
  local body = string.format(
    '{"bio":"I rate everything against Fight Club. Take %09d","name":"Movie Fan %09d","countryCode":"US"}',
    number, number)
  return head .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function init(args)
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
  local number = random(900000000)
  for token in io.lines(os.getenv("BENCH_TOKENS")) do
    users = users + 1
    local own = {}
    for i = 1, turns do
      number = number + 1
      own[i] = compose(token, number)
    end
    requests[users], turn[users] = own, 0
  end
end

function request()
  local user = random(users)
  local now = turn[user] % turns + 1
  turn[user] = now
  return requests[user][now]
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    '\nJSON {"requests":%d,"duration_us":%d,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
