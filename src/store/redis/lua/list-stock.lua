#!lua flags=no-writes
-- SKUs in lexical order with their raw records: { SKUs, records }.
-- KEYS[1]  {shop}:stock
-- KEYS[2]  {shop}:skus
-- ARGV[1]  where to begin, as ZRANGEBYLEX takes it
-- ARGV[2]  how many
-- @keys
local skus = redis.call('ZRANGEBYLEX', keys.skus, ARGV[1], '+', 'LIMIT', 0, ARGV[2])
return { skus, #skus > 0 and redis.call('HMGET', keys.stock, unpack(skus)) or {} }
