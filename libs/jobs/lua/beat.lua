-- beat: a process says that it is there, and what it does.
--
-- ARGV: its id, JSON, how long that is remembered, s
--
-- Whoever has not said so for that long is forgotten: a process that has died is told from one that has stopped, which says so.

local workers, now = prefix .. ':workers', now_ms()
redis.call('SET', prefix .. ':worker:' .. ARGV[1], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', workers, now, ARGV[1])
redis.call('EXPIRE', workers, ARGV[3])
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - 1000 * ARGV[3])
return now
