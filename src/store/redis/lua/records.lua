-- A record is kept as so many msgpack values, one after the other, and the steps work on them as an array: false stands
-- for what is not there. record-codec.ts reads the same ones. When a document is due stands in the sorted set `due:docs` alone.
local ON_HAND, RESERVED, SOLD, SAFETY, LIMIT, STOCK_VERSION, STOCK_AT, LAST = 1, 2, 3, 4, 5, 6, 7, 8
local TITLE, AMOUNT, CURRENCY = 9, 10, 11
-- A customer who is the owner is kept as '', which is shorter.
local SKU, QUANTITY, STATE, EXPIRES_AT, CREATED_AT, OWNER, CUSTOMER, COUNTED = 1, 2, 3, 4, 5, 6, 7, 8
local HOLD_VERSION, ENDED_AT = 9, 10
local VERSION, LIST, REFERS, BODY = 1, 2, 3, 4
local STATES = { 'held', 'pinned', 'consumed', 'released', 'expired' }
local HELD, PINNED, CONSUMED, RELEASED, EXPIRED = 1, 2, 3, 4, 5

local LISTS = {
  awaiting_payment = true, placed = true, cancelled = true, expired = true, refund_due = true, by_owner = true,
}

-- Each unpacks a record and proves its shape, by arithmetic and lengths, which raise what other types make of them; a check
-- of each field by itself would cost more than the step that needs the record. Nothing, or an error, is undecodable.
local unpackers = {}

local function is_text(value) return type(value) == 'string' end
local function is_flag(value) return value == true or value == false end

function unpackers.stock(raw)
  local f = { cmsgpack.unpack(raw) }
  local on_hand, reserved, sold, safety, limit, version, at, last, title, amount, currency = unpack(f, 1, CURRENCY)
  local sum = on_hand + reserved + sold + safety + (limit or 0) + version + at + (amount or 0)
    + #(last or '') + #(title or '') + #(currency or '')
  return #f == CURRENCY and limit ~= nil and is_exact(sum) and f
end

function unpackers.hold(raw)
  local f = { cmsgpack.unpack(raw) }
  local sku, quantity, state, expires_at, created_at, owner, customer, counted, version, ended_at = unpack(f, 1, ENDED_AT)
  local sum = quantity + expires_at + created_at + version + (ended_at or 0) + #sku + #owner + #customer
  return #f == ENDED_AT and STATES[state] and is_flag(counted) and is_exact(sum) and f
end

function unpackers.document(raw)
  local f = { cmsgpack.unpack(raw) }
  for _, hold_id in pairs(f[REFERS]) do
    if not is_text(hold_id) then return nil end
  end
  local listed = f[LIST] == false or LISTS[f[LIST]]
  return #f == BODY and listed and is_whole(f[VERSION]) and is_text(f[BODY]) and f
end

function unpackers.request(raw)
  local f = { cmsgpack.unpack(raw) }
  local fingerprint, sequence, at, reference, granted = unpack(f, 1, 5)
  local sum = #fingerprint + sequence + at + #(reference or '')
  for _, units in pairs(granted) do sum = sum + units end
  return #f == 5 and is_exact(sum) and f
end

-- The record, or an error that names it. `kind` is a word of `unpackers`.
local function decode(kind, name, raw)
  local ok, fields = pcall(unpackers[kind], raw)
  if not ok or not fields then undecodable(kind, name) end
  return fields
end

local function customer_of(hold)
  return hold[CUSTOMER] == '' and hold[OWNER] or hold[CUSTOMER]
end

local function is_live(hold)
  return hold[STATE] <= PINNED
end
