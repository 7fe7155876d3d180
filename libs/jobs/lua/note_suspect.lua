-- note_suspect: writes down which records are about to be handled, in case handling them kills the writer.
--
-- ARGV: tenant, job, chunk number, lease token, suspect ("low:high"), quarantined (comma separated indexes)
-- Returns 1, or 0 where the lease is not held any more.

local chunk = chunk_key(ARGV[1], ARGV[2], ARGV[3])
local values = redis.call('HMGET', chunk, 'state', 'lease')
if values[1] ~= 'running' or values[2] ~= ARGV[4] then return 0 end
redis.call('HSET', chunk, 'suspect', ARGV[5], 'quarantined', ARGV[6])
return 1
