-- Records are msgpack arrays without nil, and the arrays are what the steps work on: false stands for what is not there.
-- record-codec.ts reads the same ones. When a document is due stands in the sorted set `due:docs` alone.
local ON_HAND, RESERVED, SOLD, SAFETY, LIMIT, STOCK_VERSION, STOCK_AT, LAST = 1, 2, 3, 4, 5, 6, 7, 8
local TITLE, AMOUNT, CURRENCY = 9, 10, 11
-- A customer who is the owner is kept as '', which is shorter.
local SKU, QUANTITY, STATE, EXPIRES_AT, CREATED_AT, OWNER, CUSTOMER, COUNTED = 1, 2, 3, 4, 5, 6, 7, 8
local HOLD_VERSION, ENDED_AT = 9, 10
local VERSION, LIST, REFERS, BODY = 1, 2, 3, 4
local STATES = { 'held', 'pinned', 'consumed', 'released', 'expired' }
local HELD, PINNED, CONSUMED, RELEASED, EXPIRED = 1, 2, 3, 4, 5

local LISTS = { awaiting_payment = true, placed = true, cancelled = true, expired = true, refund_due = true }

-- Each unpacks a record and proves its shape, by arithmetic and lengths, which raise what other types make of them; a check
-- of each field by itself would cost more than the step that needs the record. Nothing, or an error, is undecodable.
local unpackers = {}

local function is_text(value) return type(value) == 'string' end
local function is_flag(value) return value == true or value == false end

function unpackers.stock(packed)
  local f, rest = cmsgpack.unpack(packed)
  local sum = f[ON_HAND] + f[RESERVED] + f[SOLD] + f[SAFETY] + (f[LIMIT] or 0) + f[STOCK_VERSION] + f[STOCK_AT]
    + (f[AMOUNT] or 0) + #(f[LAST] or '') + #(f[TITLE] or '') + #(f[CURRENCY] or '')
  return rest == nil and f[LIMIT] ~= nil and f[CURRENCY] ~= nil and is_whole(sum) and f
end

function unpackers.hold(packed)
  local f, rest = cmsgpack.unpack(packed)
  local sum = f[QUANTITY] + f[EXPIRES_AT] + f[CREATED_AT] + f[HOLD_VERSION] + (f[ENDED_AT] or 0)
    + #f[SKU] + #f[OWNER] + #f[CUSTOMER]
  return rest == nil and f[ENDED_AT] ~= nil and STATES[f[STATE]] and is_flag(f[COUNTED]) and is_whole(sum) and f
end

function unpackers.document(packed)
  local f, rest = cmsgpack.unpack(packed)
  for _, hold_id in pairs(f[REFERS]) do
    if not is_text(hold_id) then return nil end
  end
  local listed = f[LIST] == false or LISTS[f[LIST]]
  return rest == nil and listed and is_whole(f[VERSION]) and is_text(f[BODY]) and f
end

function unpackers.request(packed)
  local f, rest = cmsgpack.unpack(packed)
  local fingerprint, sequence, at, reference, granted = unpack(f, 1, 5)
  local sum = #fingerprint + sequence + at + #(reference or '')
  for _, units in pairs(granted) do sum = sum + units end
  return rest == nil and reference ~= nil and is_whole(sum) and f
end

-- The record, or an error that names it. `kind` is a word of `unpackers`.
local function decode(kind, name, packed)
  local ok, fields = pcall(unpackers[kind], packed)
  if not ok or not fields then undecodable(kind, name) end
  return fields
end

local function customer_of(hold)
  return hold[CUSTOMER] == '' and hold[OWNER] or hold[CUSTOMER]
end

local function is_live(hold)
  return hold[STATE] <= PINNED
end
