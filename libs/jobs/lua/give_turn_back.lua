-- give_turn_back: a turn ends, unless its time was up and somebody else has it.
--
-- ARGV: what, token. Returns 1, or 0 where it was not ours any more.

local key = prefix .. ':turn:' .. ARGV[1]
if redis.call('GET', key) ~= ARGV[2] then return 0 end
return redis.call('DEL', key)
