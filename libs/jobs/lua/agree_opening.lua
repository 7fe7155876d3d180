-- agree_opening: settles between writers which opening of its job this one is, before PostgreSQL is told (ADR 0015).
--
-- ARGV: tenant, job, nonce of the opening, proposed number
-- Returns the highest number that was proposed; -1 where the job is not the one that was opened with this nonce.

local key = job_key(ARGV[1], ARGV[2])
if redis.call('HGET', key, 'nonce') ~= ARGV[3] then return -1 end
local opening = math.max(tonumber(redis.call('HGET', key, 'opening') or 0), tonumber(ARGV[4]))
redis.call('HSET', key, 'opening', opening)
return opening
