-- claim_due: takes what is overdue, to be published again. Any number of sweepers may run.
--
-- ARGV: at most how many, grace_ms, longest grace ms, lease ms, window
-- Returns ref*.
--
-- A claimed chunk is due again after the grace, which doubles each time, so that a long queue is not filled with
-- repeats of what waits in it. A member that nobody can read is handed out like any other, for the caller to drop.
-- What is due later than anything waits has been stored before the clock was set back: its wait begins anew.
-- Of a lane that is paused, chunks are parked; of one that is no more, what was set aside is brought back.

local now, grace_ms, longest_ms = now_ms(), tonumber(ARGV[2]), tonumber(ARGV[3])
local horizon = now + math.max(grace_ms, longest_ms, tonumber(ARGV[4]))
for _, ref in ipairs(redis.call('ZREVRANGEBYSCORE', due, '+inf', '(' .. horizon, 'LIMIT', 0, ARGV[1])) do
    local tenant, job, n = string.match(ref, '^([^|]+)|([^|]+)|([^|]+)|')
    local left = 0
    if n then
        local chunk = chunk_key(tenant, job, n)
        local state = redis.pcall('HGET', chunk, 'state') -- one broken chunk may not stop the others
        if state == 'running' then left = until_then(chunk, 'lease_until', now) end
        if state == 'deferred' then left = until_then(chunk, 'not_before', now) end
    end
    redis.call('ZADD', due, now + left, ref)
end

local most = tonumber(ARGV[1])
for _, lane in ipairs(lanes) do
    if redis.call('HEXISTS', paused, lane) == 0 then
        for _, ref in ipairs(redis.call('SPOP', set_aside(lane, 'parked'), most)) do redis.call('ZADD', due, now, ref) end
    end
end

local claimed = {}
for _, ref in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)) do
    local tenant, job, n, lane = string.match(ref, '^([^|]+)|([^|]+)|([^|]+)|(.+)$')
    local wait, parked = grace_ms, false
    if n and n ~= '-1' then
        parked = stands_still(tenant, job, lane)
        local chunk = chunk_key(tenant, job, n)
        if redis.call('EXISTS', chunk) == 1 then
            local publishes = redis.pcall('HINCRBY', chunk, 'publishes', 1)
            if type(publishes) ~= 'number' then publishes = 20 end -- one broken chunk may not stop the others
            wait = math.min(grace_ms * 2 ^ math.min(publishes - 1, 20), longest_ms)
        end
    end
    if parked then
        park(lane, ref)
    else
        redis.call('ZADD', due, now + wait, ref)
        claimed[#claimed + 1] = ref
    end
end

for _, lane in ipairs(lanes) do
    local held = set_aside(lane, 'held')
    while #claimed < most and redis.call('HEXISTS', paused, lane) == 0 do
        local tenant = redis.call('SPOP', held)
        if not tenant then break end
        for _, ref in ipairs(hand_out(tenant, ARGV[5], ARGV[2])) do claimed[#claimed + 1] = ref end
    end
end
return claimed
