-- The parts of records that the scripts read. record-codec.ts encodes the records.
local SKU, QUANTITY, STATE, EXPIRES_AT = 1, 2, 3, 4
local LIST, REFERS = 1, 2
local IS_LIST = {}
for _, list in ipairs(DOCUMENT_LISTS) do IS_LIST[list] = true end

local function stamped_version(raw)
  return (read_bytes('>I8', raw))
end

local decoders = {}

function decoders.stock(raw)
  if #raw < STOCK.SETTINGS then return nil end
  cjson.decode(sub(raw, STOCK.SETTINGS))
  return { version = stamped_version(raw), reserved = read_bytes('>I8', raw, STOCK.RESERVED) }
end

function decoders.hold(raw)
  local sku, quantity, code, expires_at = unpack(cjson.decode(sub(raw, STAMP_BYTES + 1)), 1, 4)
  local state = code % STATE_CODES
  -- With the next bit set, the deadline is a distance from the stamp's time.
  if (code - state) / STATE_CODES % 2 == 1 then expires_at = expires_at + read_bytes('>I8', raw, 9) end
  return type(sku) == 'string' and is_whole(quantity) and is_whole(expires_at) and { sku, quantity, state, expires_at }
end

function decoders.document(raw)
  local list, refers = unpack(cjson.decode(string.match(raw, '^[^\n]*', STAMP_BYTES + 1)), 1, 2)
  for _, hold_id in pairs(refers) do
    if type(hold_id) ~= 'string' then return nil end
  end
  return (list == '' or IS_LIST[list]) and { list, refers, version = stamped_version(raw) }
end

-- Throws a table, so that a caller can distinguish an undecodable record from an error of the script.
local function undecodable(kind, name)
  error({ undecodable = kind .. ':' .. name }, 0)
end

-- Returns the record, or throws an error that names it.
local function decode(kind, name, raw)
  local ok, fields = pcall(decoders[kind], raw)
  if not ok or not fields then undecodable(kind, name) end
  return fields
end

local function is_live(hold)
  return LIVE_STATES[hold[STATE]] or false
end
