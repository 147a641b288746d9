-- Records as msgpack, put together from the pieces that cmsgpack makes. It packs a table five times slower: it walks it
-- to learn that it is an array. Numbers, flags and words come again and again, so each is packed once a batch.
local packed = setmetatable({}, { __index = function(known, value)
  local bytes = cmsgpack.pack(value)
  known[value] = bytes
  return bytes
end })

-- What stands before a text of a length; texts themselves are many and do not come again.
local heads = setmetatable({}, { __index = function(known, length)
  local bytes = string.sub(cmsgpack.pack(string.rep(' ', length)), 1, -1 - length)
  known[length] = bytes
  return bytes
end })

local ARRAY_OF_5, ARRAY_OF_10, ARRAY_OF_11, ARRAY_OF_12 = '\149', '\154', '\155', '\156'

local function text_or_false(value)
  return value and heads[#value] .. value or packed[false]
end

local function encode_stock(s)
  return ARRAY_OF_11 .. packed[s[ON_HAND]] .. packed[s[RESERVED]] .. packed[s[SOLD]] .. packed[s[SAFETY]]
    .. packed[s[LIMIT]] .. packed[s[STOCK_VERSION]] .. packed[s[STOCK_AT]] .. text_or_false(s[LAST])
    .. text_or_false(s[TITLE]) .. packed[s[AMOUNT]] .. packed[s[CURRENCY]]
end

local function encode_hold(h)
  local owner, customer = h[OWNER], h[CUSTOMER]
  return ARRAY_OF_10 .. packed[h[SKU]] .. packed[h[QUANTITY]] .. packed[h[STATE]] .. packed[h[EXPIRES_AT]]
    .. packed[h[CREATED_AT]] .. heads[#owner] .. owner .. heads[#customer] .. customer .. packed[h[COUNTED]]
    .. packed[h[HOLD_VERSION]] .. packed[h[ENDED_AT]]
end

local function encode_granted(granted)
  if #granted == 0 then return '\144' end
  if #granted == 1 then return '\145' .. packed[granted[1]] end
  return cmsgpack.pack(granted)
end

local function encode_request(fingerprint, sequence, at, reference, granted)
  return ARRAY_OF_5 .. heads[#fingerprint] .. fingerprint .. packed[sequence] .. packed[at]
    .. text_or_false(reference) .. encode_granted(granted)
end

-- A movement up to its SKU's counters, which are the stock's before and after; then whose hold it is, and why.
local function encode_movement(at, kind, sku, quantity, before, after, hold_id, owner, cause)
  return ARRAY_OF_12 .. packed[at] .. packed[kind] .. packed[sku] .. packed[quantity] .. packed[before[ON_HAND]]
    .. packed[after[ON_HAND]] .. packed[before[RESERVED]] .. packed[after[RESERVED]] .. text_or_false(hold_id)
    .. text_or_false(owner) .. text_or_false(before[LAST]) .. packed[cause]
end
