-- One answer while it is made: it asks the server, gathers what comes, and passes it on to whoever shows it. Who shows it may
-- change meanwhile; the new one is told all that came before.

local request = require('codecompass.request')
local status = require('codecompass.status')

local M = {}

---Who shows an answer.
---@class codecompass.Sink
---@field status fun(self, stage: string, text: string)
---@field sources fun(self, sources: table[])
---@field thinking fun(self, text: string)
---@field text fun(self, text: string)
---@field done fun(self, problem?: string, result: table) With a problem the result has what came before it.

---@class codecompass.Answer
---@field token string
---@field params table
---@field thinking_so_far string[]
---@field text_so_far string[]
---@field sources? table[]
---@field stage? { stage: string, text: string }
---@field conversation? string
---@field finished boolean
---@field problem? string
---@field result? table
---@field sink? codecompass.Sink
---@field request codecompass.Request
---@field next integer
local Answer = {}
Answer.__index = Answer

-- A server that does not end an answer when asked to is not waited for longer.
local STOPS_WITHIN = 3000

local running = {} ---@type table<string, codecompass.Answer>
local count = 0

---@param params table Those of `codecompass/chat`.
---@param sink codecompass.Sink
---@return codecompass.Answer
function M.start(params, sink)
  count = count + 1
  local answer = setmetatable({
    token = ('neovim-%d-%d'):format(vim.fn.getpid(), count),
    params = params,
    thinking_so_far = {},
    text_so_far = {},
    finished = false,
    sink = sink,
    next = 0,
  }, Answer)
  running[answer.token] = answer
  status.answers(1)
  params.token = answer.token
  answer.conversation = params.conversation
  answer.request = request.send('codecompass/chat', params, function(problem, result)
    answer:finish(problem, result)
  end)
  return answer
end

-- A result made of what came so far.
---@param more table
---@return table
function Answer:partial(more)
  return vim.tbl_extend('force', {
    text = table.concat(self.text_so_far),
    thinking = table.concat(self.thinking_so_far),
    sources = self.sources or {},
    conversation = self.conversation,
    citations = {},
    complete = false,
    stopped = false,
  }, more)
end

---@param problem? string
---@param result? table Made of what came so far when it is left out.
function Answer:finish(problem, result)
  if self.finished then
    return
  end
  result = result or self:partial({ error = problem })
  running[self.token] = nil
  status.answers(-1)
  self.finished, self.problem, self.result = true, problem, result
  self.conversation = result.conversation or self.conversation
  if self.sink then
    self.sink:done(problem, result)
  end
end

---What the server sent of some answer.
---@param params table
function M.delta(params)
  local answer = running[params.token]
  if not answer then
    return
  end
  if params.sequence ~= answer.next then
    vim.lsp.log.warn('codecompass: expected delta', answer.next, 'of', params.token, 'and got', params.sequence)
  end
  answer.next = params.sequence + 1
  local kind, sink = params.kind, answer.sink
  if kind == 'text' then
    table.insert(answer.text_so_far, params.text)
  elseif kind == 'thinking' then
    table.insert(answer.thinking_so_far, params.text)
  elseif kind == 'status' then
    answer.stage = { stage = params.stage, text = params.text }
  elseif kind == 'sources' then
    answer.sources = params.sources
    answer.conversation = params.conversation or answer.conversation
  end
  if not sink then
    return
  elseif kind == 'status' then
    sink:status(params.stage, params.text)
  elseif kind == 'sources' then
    sink:sources(params.sources)
  elseif kind == 'thinking' then
    sink:thinking(params.text)
  elseif kind == 'text' then
    sink:text(params.text)
  end
end

---Shows the answer somewhere else from now on.
---@param sink codecompass.Sink
function Answer:attach(sink)
  self.sink = sink
  if self.stage then
    sink:status(self.stage.stage, self.stage.text)
  end
  if self.sources then
    sink:sources(self.sources)
  end
  if #self.thinking_so_far > 0 then
    sink:thinking(table.concat(self.thinking_so_far))
  end
  if #self.text_so_far > 0 then
    sink:text(table.concat(self.text_so_far))
  end
  if self.finished then
    sink:done(self.problem, self.result or self:partial({}))
  end
end

---Ends the answer; what is there of it stays.
function Answer:stop()
  if self.finished then
    return
  end
  request.execute('codecompass.chat.stop', { token = self.token }, function() end)
  vim.defer_fn(function()
    if not self.finished then
      self.request.cancel()
      self:finish(nil, self:partial({ stopped = true }))
    end
  end, STOPS_WITHIN)
end

---Ends the answer, and nobody is to see any more of it.
function Answer:drop()
  self.sink = nil
  self:stop()
end

return M
