-- Records as msgpack, put together from the pieces that cmsgpack makes. It packs a table five times slower: it walks it
-- to learn that it is an array. Numbers, flags and words come again and again, so what was made of each is remembered.
-- `heads` is what stands before a text of a length; texts themselves are many and do not come again.
local packed, heads

local function head_of(length)
  return sub(pack(string.rep(' ', length)), 1, -1 - length)
end

local APPLIED = '\147' .. pack('applied')
local FALSE = '\194'

local function text_or_false(value)
  return value and heads[#value] .. value or FALSE
end

local function encode_stock(record)
  local on_hand, reserved, sold, safety, limit, version, at, last, title, amount, currency = unpack(record, 1, 11)
  return packed[on_hand] .. packed[reserved] .. packed[sold] .. packed[safety] .. packed[limit]
    .. packed[version] .. packed[at] .. text_or_false(last) .. text_or_false(title) .. packed[amount]
    .. packed[currency]
end

local function encode_hold(hold)
  local sku, quantity, state, expires_at, created_at, owner, customer, counted, version, ended_at = unpack(hold, 1, 10)
  return packed[sku] .. packed[quantity] .. packed[state] .. packed[expires_at] .. packed[created_at]
    .. heads[#owner] .. owner .. heads[#customer] .. customer .. packed[counted] .. packed[version]
    .. packed[ended_at]
end

local function encode_document(document)
  local body = document[BODY]
  return packed[document[VERSION]] .. packed[document[LIST]] .. pack(document[REFERS]) .. heads[#body] .. body
end

local function encode_granted(granted)
  local length = #granted
  if length == 0 then return '\144' end
  if length == 1 then return '\145' .. packed[granted[1]] end
  return pack(granted)
end
