-- Each transaction whole or not at all: src/domain/machine/run-batch.ts. An answer is a msgpack array that begins with a
-- word.
local function replay(id, expected_fingerprint)
  local request = request_of(id)
  if not request then return end
  local fingerprint, sequence, at, reference, granted = unpack(request, 1, 5)
  if fingerprint ~= expected_fingerprint then
    return pack({ 'refused', false, 'idempotency_mismatch', NOTHING })
  end
  return pack({ 'replayed', sequence, at, reference, granted })
end

-- The steps from one number to another, counted over the whole batch.
local function perform(first, last)
  for number = first, last do
    local at = step_places[number]
    local reason, meta, sku = steps[input[at]](at)
    if reason then
      if sku and reclaim.behind[sku] then return pack({ 'behind', sku }) end
      return pack({ 'refused', number - first, reason, meta })
    end
  end
end

-- The record stands among the raw ones at once: the same transaction may come again in this batch.
local function commit(id, fingerprint, long, reference)
  keep_changes()
  batch.sequence = tx_sequence
  local granted = encode_granted(tx_granted)
  local record = heads[#fingerprint] .. fingerprint .. packed[tx_sequence] .. packed[tx_at]
    .. text_or_false(reference) .. granted
  raw_requests[id] = record
  append(long and plan.put_long or plan.put_short, id, record)
  return APPLIED .. packed[tx_sequence] .. granted
end

local function answer(number)
  local place = transaction_places[number]
  local id, fingerprint, long, reference, cause = unpack(input, place, place + 4)
  begin_transaction(batch.sequence + 1, cause)
  local replayed = replay(id, fingerprint)
  if replayed then return replayed end
  local refused = perform(last_steps[number - 1] + 1, last_steps[number])
  if not refused then return commit(id, fingerprint, long, reference) end
  undo_transaction()
  return refused
end

local function answer_from(first, answers)
  for number = first, transaction_places.n do answers[number] = answer(number) end
end

-- A transaction that fails leaves no trace, and those after it go on.
local function answer_all()
  local answers = {}
  while #answers < transaction_places.n do
    local ok, failure = pcall(answer_from, #answers + 1, answers)
    if not ok then
      undo_transaction()
      answers[#answers + 1] = pack({ 'failed', describe_failure(failure) })
    end
  end
  return answers
end
