-- start_chunk: takes the lease of a chunk, if it is there to be taken.
--
-- ARGV: tenant, job, chunk number, lane, lease token, lease ms,
--       none, or the most records of a chunk that may be written with others: other chunks are left as they are
-- Returns {'run', lease was lost: 0|1, job as a flat list, chunk as a flat list}, or {reason} with the reason
--   'gone' (no such job), 'settled', 'busy' (another writer holds the lease), 'early' (its retry is not due yet, or
--   the job was retried and it is not this chunk's turn: the message is one from before), 'paused' (its lane is) or
--   'apart' (it is not to be written with others).
--
-- The token tells a repeated call (its answer was lost) from another writer: the same lease is given again.

local tenant, job, n, lane, token, lease_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local key, chunk, ref = job_key(tenant, job), chunk_key(tenant, job, n), reference(tenant, job, n, lane)
local values = redis.call('HMGET', chunk, 'state', 'attempts', 'records', 'generation')
local state, attempts = values[1], values[2]
if not state then
    redis.call('ZREM', due, ref)
    leave_window(tenant, lane, ref)
    return {'gone'}
end
if state == 'settled' then
    redis.call('ZREM', due, ref)
    return {'settled'}
end

-- All of a small job that comes for the first time, and that ends with this chunk whatever becomes of its records.
local function is_small(most)
    local of_job = redis.call('HMGET', key, 'chunks_total', 'generation', 'opening', 'on_error', 'dry_run', 'cancel')
    return state == 'available' and tonumber(values[3]) <= most and attempts == '0' and values[4] == '0'
        and of_job[1] == '1' and of_job[2] == '0' and (of_job[3] or '0') == '0'
        and of_job[4] ~= 'abort' and of_job[5] ~= '1' and of_job[6] ~= '1'
end

local function lease(lost) return {'run', lost, redis.call('HGETALL', key), redis.call('HGETALL', chunk)} end

local now = now_ms()
local lost = 0
if state == 'running' then
    if redis.call('HGET', chunk, 'lease') == token then return lease(0) end
    if until_then(chunk, 'lease_until', now) > 0 then return {'busy'} end
    lost = 1
elseif state == 'deferred' and until_then(chunk, 'not_before', now) > 0 then
    return {'early'}
elseif state == 'available' and redis.call('SISMEMBER', lane_key(tenant, lane, 'window'), ref) == 0 then
    return {'early'}
end
if stands_still(tenant, job, lane) then
    park(lane, ref)
    return {'paused'}
end
if ARGV[7] and not is_small(tonumber(ARGV[7])) then return {'apart'} end

if lost == 1 then redis.call('HINCRBY', chunk, 'crashes', 1) end
move(tenant, job, n, lane, state, 'running', 'lease', token, 'lease_until', now + lease_ms, 'wait_ms', lease_ms,
    'attempts', tonumber(attempts) + 1)
redis.call('HINCRBY', key, 'attempts', 1)
redis.call('ZADD', due, now + lease_ms, ref)
if redis.call('HGET', key, 'status') == 'pending' then
    touch(tenant, job, 'processing', 'started_at', now)
end
return lease(lost)
