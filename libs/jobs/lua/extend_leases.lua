-- extend_leases: says that a writer is still at work on its chunks.
--
-- ARGV: lease ms, (tenant, job, chunk number, lane, lease token)*
-- Returns how many of the leases are still held.

local now, lease_ms = now_ms(), tonumber(ARGV[1])
local held = 0
for i = 2, #ARGV, 5 do
    local chunk = chunk_key(ARGV[i], ARGV[i + 1], ARGV[i + 2])
    local values = redis.call('HMGET', chunk, 'state', 'lease')
    if values[1] == 'running' and values[2] == ARGV[i + 4] then
        redis.call('HSET', chunk, 'lease_until', now + lease_ms, 'wait_ms', lease_ms)
        redis.call('ZADD', due, now + lease_ms, reference(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]))
        held = held + 1
    end
end
return held
