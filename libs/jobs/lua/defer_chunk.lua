-- defer_chunk: gives a chunk back after an error, to be tried again later. Only the holder of the lease may.
--
-- ARGV: tenant, job, chunk number, lane, lease token, delay ms, last error, kind of error whose strikes are counted or ''
-- Returns 1, or 0 where the lease is not held any more.
--
-- What was given back, and how, is remembered: a repeated call (its answer was lost) counts no second strike.

local LONGEST_TO_CANCEL_MS = 1000 -- whoever has cancelled a job waits for its end

local tenant, job, n, lane, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local chunk = chunk_key(tenant, job, n)
local values = redis.call('HMGET', chunk, 'state', 'lease', 'given_back')
local giving_back = table.concat({token, ARGV[6], ARGV[7], ARGV[8]}, ' ')
if values[1] == 'deferred' and values[3] == giving_back then return 1 end
if values[1] ~= 'running' or values[2] ~= token then return 0 end

local delay = tonumber(ARGV[6])
if redis.call('HGET', job_key(tenant, job), 'cancel') == '1' then delay = math.min(delay, LONGEST_TO_CANCEL_MS) end
local at = now_ms() + delay
move(tenant, job, n, lane, 'running', 'deferred', 'not_before', at, 'wait_ms', ARGV[6], 'given_back', giving_back)
redis.call('HDEL', chunk, 'lease', 'lease_until')
if ARGV[8] ~= '' then redis.call('HINCRBY', chunk, 'strikes_' .. ARGV[8], 1) end
redis.call('ZADD', due, at, reference(tenant, job, n, lane))
touch(tenant, job, nil, 'last_error', ARGV[7])
return 1
