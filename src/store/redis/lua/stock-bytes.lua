-- Where a SKU's numbers stand in its record: STOCK_PLACES of record-codec.ts, counted from 1.
local STOCK = { SEQUENCE = 1, AT = 9, COUNTERS = 17, RESERVED = 25, SOLD = 33, LAST = 41, LAST_END = 52, SETTINGS_VERSION = 53,
  SETTINGS = 61 }

local function stamp_of(sequence, at)
  return struct.pack('>I8I8', sequence, at)
end
