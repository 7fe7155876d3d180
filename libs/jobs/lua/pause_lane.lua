-- pause_lane: has a lane's chunks and tasks stand still, or go on.
--
-- ARGV: lane, '1' to pause or '0', who, why, audit id, audit JSON
-- Returns 1 where that is a change. What is paused stays as it was paused the first time.
--
-- The audit id tells a repeated call of the same request (its answer was lost) from another request.

local lane, audit = ARGV[1], prefix .. ':audit'
if ARGV[2] == '1' then
    local pause = redis.call('HGET', paused, lane)
    if pause then return cjson.decode(pause).id == ARGV[5] and 1 or 0 end
    redis.call('HSET', paused, lane, cjson.encode({at = now_ms(), by = ARGV[3], reason = ARGV[4], id = ARGV[5]}))
elseif redis.call('HDEL', paused, lane) == 0 then
    return redis.call('HEXISTS', audit, ARGV[5])
end
redis.call('HSET', audit, ARGV[5], ARGV[6])
return 1
