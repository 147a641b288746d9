#!lua
-- Adds the committed units, which are 0, to a page of the stock records of format 5. A record of format 6 is not
-- changed: two processes may do this at once. Returns the next cursor.
-- KEYS  stock
-- ARGV[1]  the cursor
-- ARGV[2]  the approximate number of records

-- In format 5, the settings began 8 bytes earlier. In format 6, the high byte of a number is there, which is 0.
local OLD_SETTINGS = STOCK.SETTINGS - 8
local NO_UNITS = string.rep('\0', 8)

return function(ARGV)
  local page = call('HSCAN', keys.stock, ARGV[1], 'COUNT', ARGV[2])
  local found = page[2]
  for index = 1, #found, 2 do
    local raw = found[index + 1]
    if sub(raw, OLD_SETTINGS, OLD_SETTINGS) == '[' then
      call('HSET', keys.stock, found[index], sub(raw, 1, STOCK.COMMITTED - 1) .. NO_UNITS .. sub(raw, STOCK.COMMITTED))
    end
  end
  return page[1]
end
