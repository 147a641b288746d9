-- Each transaction whole or not at all: src/domain/machine/run-batch.ts. An answer is an array that begins with a word.
local new_requests = { short = {}, long = {} }

local function replay(transaction)
  local request = load.request(transaction[1])
  if not request then return end
  local fingerprint, sequence, at, reference, granted = unpack(request, 1, 5)
  if fingerprint ~= transaction[2] then return { 'refused', false, 'idempotency_mismatch', NOTHING } end
  return { 'replayed', sequence, at, reference, granted }
end

local function perform(wanted_steps)
  for index = 1, #wanted_steps do
    local step = wanted_steps[index]
    local reason, meta, sku = steps[step[1]](step)
    if reason then
      if sku and reclaim.behind[sku] then return { 'behind', sku } end
      return { 'refused', index - 1, reason, meta }
    end
  end
end

-- The record stands in `raw` at once: the same transaction may come again in this batch.
local function commit(transaction)
  local id, fingerprint, long, reference = transaction[1], transaction[2], transaction[3], transaction[4]
  keep_changes()
  batch.sequence = context.sequence
  local record = encode_request(fingerprint, context.sequence, context.at, reference, context.granted)
  raw.requests[id] = record
  append(long and new_requests.long or new_requests.short, id, record)
  return { 'applied', context.sequence, context.granted }
end

local function answer(transaction)
  begin_transaction(batch.sequence + 1, transaction[5])
  local replayed = replay(transaction)
  if replayed then return replayed end
  local refused = perform(transaction[6])
  if not refused then return commit(transaction) end
  undo_transaction()
  return refused
end

local function answer_from(transactions, answers)
  for index = #answers + 1, #transactions do answers[index] = answer(transactions[index]) end
end

-- A transaction that fails leaves no trace, and those after it go on.
local function answer_all(transactions)
  local answers = {}
  while #answers < #transactions do
    local ok, failure = pcall(answer_from, transactions, answers)
    if not ok then
      undo_transaction()
      answers[#answers + 1] = { 'failed', describe_failure(failure) }
    end
  end
  return answers
end
