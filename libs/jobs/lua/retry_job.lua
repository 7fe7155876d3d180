-- retry_job: opens the failed chunks of an ended job again, as a new generation.
--
-- ARGV: tenant, job, strategy ('transient' or 'all'), window, grace_ms, audit id, audit JSON
-- Returns {'retrying', ref*}, {'open', status}, {'nothing', status} or {'gone'}.
--
-- A new generation lets the ledger tell a late delivery of the old attempt from the retry. The audit id tells a repeated
-- call of the same request (its answer was lost) from another request.

local tenant, job, strategy = ARGV[1], ARGV[2], ARGV[3]
local key = job_key(tenant, job)
local values = redis.call('HMGET', key, 'status', 'lane', 'chunks_total', 'retry')
local status, lane, total = values[1], values[2], tonumber(values[3])
if not status then return {'gone'} end
if values[4] == ARGV[6] then return {'retrying'} end
if status == 'pending' or status == 'processing' then return {'open', status} end

local reopened, held, bytes = 0, 0, 0
local generation = tonumber(redis.call('HGET', key, 'generation')) + 1
for n = 0, total - 1 do
    local chunk = chunk_key(tenant, job, n)
    local failure = redis.call('HGET', chunk, 'failure')
    if (failure == 'transient' or (failure and strategy == 'all')) and redis.call('HEXISTS', chunk, 'payload') == 1 then
        if reopened == 0 then held = let_go(tenant, key) end
        held = held - stays(chunk)
        local i = 0
        for count in string.gmatch(redis.call('HGET', chunk, 'counts'), '%d+') do
            i = i + 1
            redis.call('HINCRBY', key, counters[i], 0 - count) -- "-0" is no integer to older servers
        end
        redis.call('HSET', chunk, 'state', 'available', 'generation', generation, 'attempts', 0, 'crashes', 0)
        redis.call('HDEL', chunk, 'failure', 'counts', 'outcome', 'publishes', 'not_before')
        for _, field in ipairs(redis.call('HKEYS', chunk)) do
            if string.sub(field, 1, 8) == 'strikes_' then redis.call('HDEL', chunk, field) end
        end
        redis.call('HINCRBY', key, 'chunks_settled', -1)
        redis.call('HINCRBY', key, 'chunks_failed', -1)
        bytes = bytes + redis.call('HGET', chunk, 'bytes')
        redis.call('RPUSH', key .. ':todo', n)
        reopened = reopened + 1
    end
end
if reopened == 0 then return {'nothing', status} end
count_waiting(tenant, held + bytes)
count_open(lane, 'available', reopened)

redis.call('ZREM', kept, tenant .. '|' .. job)
redis.call('ZADD', open_jobs, redis.call('HGET', key, 'created_at'), tenant .. '|' .. job)
redis.call('PERSIST', key)
for n = 0, total - 1 do redis.call('PERSIST', chunk_key(tenant, job, n)) end
redis.call('HSET', key, 'generation', generation, 'retry', ARGV[6], 'held', held)
redis.call('HDEL', key, 'finished_at', 'cancel', 'cancelled_by', 'goes')
redis.call('HSET', prefix .. ':audit', ARGV[6], ARGV[7])
queue_up(tenant, lane, job)
local answer = {'retrying'}
for _, ref in ipairs(hand_out(tenant, ARGV[4], ARGV[5])) do answer[#answer + 1] = ref end
touch(tenant, job, 'processing')
return answer
