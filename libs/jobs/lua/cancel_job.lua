-- cancel_job: asks for the end of a job. Chunks still open are settled by writers without being written.
--
-- ARGV: tenant, job, audit id, audit JSON
-- Returns {'cancelling'}, {'ended', status} or {'gone'}.
--
-- The audit id tells a repeated call of the same request (its answer was lost) from another request.

local tenant, job = ARGV[1], ARGV[2]
local key = job_key(tenant, job)
local values = redis.call('HMGET', key, 'status', 'cancel', 'chunks_total', 'lane', 'cancelled_by')
if not values[1] then return {'gone'} end
if values[5] == ARGV[3] then return {'cancelling'} end
if values[1] ~= 'pending' and values[1] ~= 'processing' then return {'ended', values[1]} end
if values[2] == '1' then return {'cancelling'} end

redis.call('HSET', key, 'cancel', '1', 'cancelled_by', ARGV[3])
redis.call('HSET', prefix .. ':audit', ARGV[3], ARGV[4])
local now, lane = now_ms(), values[4]
-- Of a lane that is paused nobody hands out what comes next: all goes out at once, to be ended.
while redis.call('HEXISTS', paused, lane) == 1 do
    local n = redis.call('LPOP', key .. ':todo')
    if not n then break end
    send_out(tenant, job, n, lane, now)
end
for n = 0, tonumber(values[3]) - 1 do
    local chunk = chunk_key(tenant, job, n)
    if redis.call('SREM', set_aside(lane, 'parked'), reference(tenant, job, n, lane)) == 1 then
        redis.call('ZADD', due, now, reference(tenant, job, n, lane))
    end
    if redis.call('HGET', chunk, 'state') == 'deferred' then
        redis.call('HSET', chunk, 'not_before', now)
        redis.call('ZADD', due, now, reference(tenant, job, n, lane))
    end
end
touch(tenant, job)
return {'cancelling'}
