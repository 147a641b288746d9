-- Records are msgpack arrays without nil; false stands for what is not there. record-codec.ts reads the same ones.
local STATES = { 'held', 'pinned', 'consumed', 'released', 'expired' }
local STATE_CODES = { held = 1, pinned = 2, consumed = 3, released = 4, expired = 5 }
local LISTS = { awaiting_payment = true, placed = true, cancelled = true, expired = true, refund_due = true }

local function is_text(value) return type(value) == 'string' end
local function is_flag(value) return type(value) == 'boolean' end
local function is_count(value) return is_whole(value) and value >= 0 end
local function list_of(check)
  return function(value)
    if type(value) ~= 'table' then return false end
    for _, item in pairs(value) do
      if not check(item) then return false end
    end
    return true
  end
end
local function is_state(value) return STATES[value] ~= nil end
local function is_list(value) return LISTS[value] == true end
local function optional(check)
  return function(value) return value == false or check(value) end
end
local text_or_none, count_or_none = optional(is_text), optional(is_count)

local STOCK_SHAPE = { is_count, is_count, is_count, is_count, count_or_none, is_count, is_count, text_or_none,
  text_or_none, count_or_none, text_or_none }
local HOLD_SHAPE = { is_text, is_count, is_state, is_count, is_count, is_text, is_text, is_flag, is_count, count_or_none }
local DOCUMENT_SHAPE = { is_count, optional(is_list), list_of(is_text), is_text }
local REQUEST_SHAPE = { is_text, is_count, is_count, text_or_none, list_of(is_whole) }

local function shaped(raw, shape, record)
  local fields = unpacked(raw, record)
  for index = 1, #shape do
    if not shape[index](fields[index]) then undecodable(record) end
  end
  return fields
end

local function decode_stock(sku, raw)
  local f = shaped(raw, STOCK_SHAPE, 'stock:' .. sku)
  return { sku = sku, on_hand = f[1], reserved = f[2], sold = f[3], safety = f[4], limit = f[5], version = f[6],
    at = f[7], last = f[8], title = f[9], amount = f[10], currency = f[11] }
end

local function encode_stock(s)
  return cmsgpack.pack({ s.on_hand, s.reserved, s.sold, s.safety, s.limit, s.version, s.at, s.last, s.title,
    s.amount, s.currency })
end

-- The creation time is kept as its distance from the deadline, and a customer who is the owner as '': both are shorter.
local function decode_hold(hold_id, raw)
  local f = shaped(raw, HOLD_SHAPE, 'hold:' .. hold_id)
  return { id = hold_id, sku = f[1], quantity = f[2], state = STATES[f[3]], expires_at = f[4],
    created_at = f[4] - f[5], owner = f[6], customer = f[7] == '' and f[6] or f[7], counted = f[8], version = f[9],
    ended_at = f[10] }
end

local function encode_hold(h)
  local customer = h.customer == h.owner and '' or h.customer
  return cmsgpack.pack({ h.sku, h.quantity, STATE_CODES[h.state], h.expires_at, h.expires_at - h.created_at, h.owner,
    customer, h.counted, h.version, h.ended_at })
end

-- When a document is due stands in the sorted set `due:docs` alone, so that moving it rewrites no body.
local function decode_document(key, raw)
  local f = shaped(raw, DOCUMENT_SHAPE, 'document:' .. key)
  return { version = f[1], list = f[2], holds = f[3], body = f[4] }
end

local function encode_document(d)
  return cmsgpack.pack({ d.version, d.list, d.holds, d.body })
end

local function decode_request(id, raw)
  local f = shaped(raw, REQUEST_SHAPE, 'request:' .. id)
  return { fingerprint = f[1], sequence = f[2], at = f[3], reference = f[4], granted = f[5] }
end

local function encode_request(r)
  return cmsgpack.pack({ r.fingerprint, r.sequence, r.at, r.reference, r.granted })
end

local function decode_count(key, raw)
  local units = tonumber(raw)
  if not is_count(units) then undecodable('count:' .. key) end
  return units
end
