-- One conversation and its buffer. The buffer is Markdown: questions under `## You`, answers under `## CodeCompass`. What
-- stands under the last `## You` is what `<CR>` sends.

local answers = require('codecompass.answer')
local folds = require('codecompass.folds')
local links = require('codecompass.links')
local notice = require('codecompass.notice')
local options = require('codecompass.options')
local place = require('codecompass.place')
local render = require('codecompass.render')
local window = require('codecompass.chat.window')
local writer = require('codecompass.writer')

local M = {}

local QUESTION, ANSWER = '## You', '## CodeCompass'
-- So many problems are sent with a question about them.
local PROBLEMS = 100

local space = vim.api.nvim_create_namespace('codecompass.chat')
local count = 0

---@class codecompass.Session
---@field number integer
---@field buffer integer
---@field title string
---@field conversation? string
---@field subject? table What the next question is about.
---@field answer? codecompass.Answer The one that is being made, or the last one.
---@field render? codecompass.Render
---@field prompt integer A mark on the heading of the question that is being written.
---@field answer_mark? integer A mark on the heading of the last answer.
local Session = {}
Session.__index = Session

---@param title? string
---@return codecompass.Session
function M.new(title)
  count = count + 1
  local session = setmetatable({ number = count, title = title or 'CodeCompass' }, Session)
  session:make_buffer()
  return session
end

function Session:make_buffer()
  local buffer = vim.api.nvim_create_buf(false, true)
  self.buffer = buffer
  vim.api.nvim_buf_set_name(buffer, 'codecompass://chat/' .. self.number)
  vim.bo[buffer].bufhidden = 'hide'
  vim.bo[buffer].swapfile = false
  vim.b[buffer].codecompass_chat = self.number
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { QUESTION, '', '' })
  vim.bo[buffer].filetype = 'markdown'
  vim.bo[buffer].omnifunc = "v:lua.require'codecompass.chat.complete'.omnifunc"
  self.prompt = vim.api.nvim_buf_set_extmark(buffer, space, 0, 0, { right_gravity = false })
  require('codecompass.chat.keys').map(self)
  local group = vim.api.nvim_create_augroup('codecompass.chat.' .. self.number, {})
  vim.api.nvim_create_autocmd('BufWinEnter', {
    group = group,
    buffer = buffer,
    callback = function()
      self:dress()
    end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = buffer,
    callback = function()
      if self.answer then
        self.answer:drop()
      end
      links.forget(buffer)
      require('codecompass.chat').forget(self)
      vim.schedule(function()
        pcall(vim.api.nvim_del_augroup_by_name, 'codecompass.chat.' .. self.number)
      end)
    end,
  })
end

function Session:dress()
  for _, shown in ipairs(vim.fn.win_findbuf(self.buffer)) do
    window.dress(shown, self.title)
  end
end

-- What a conversation is called after its first question.
---@param text string
---@return string
local function first_line(text)
  return vim.fn.strcharpart(text:match('[^\n]*') or '', 0, 60)
end

---@param title string
function Session:set_title(title)
  self.title = title
  self:dress()
end

---@return boolean
function Session:is_valid()
  return vim.api.nvim_buf_is_valid(self.buffer)
end

---@return boolean
function Session:is_answering()
  return self.answer ~= nil and not self.answer.finished
end

-- The row of the heading of the question that is being written. Marks follow what is edited; a heading that was deleted is
-- looked for by its text.
function Session:prompt_row()
  local row = vim.api.nvim_buf_get_extmark_by_id(self.buffer, space, self.prompt, {})[1]
  local lines = vim.api.nvim_buf_get_lines(self.buffer, 0, -1, false)
  if row and lines[row + 1] == QUESTION then
    return row
  end
  for index = #lines, 1, -1 do
    if lines[index] == QUESTION then
      return index - 1
    end
  end
  return nil
end

---What is written there.
---@return string
function Session:draft()
  local row = self:prompt_row()
  local lines = vim.api.nvim_buf_get_lines(self.buffer, row and row + 1 or 0, -1, false)
  return vim.trim(table.concat(lines, '\n'))
end

-- Replaces everything from a row on.
---@param row integer
---@param lines string[]
function Session:replace_from(row, lines)
  writer.edit(self.buffer, function()
    links.clear(self.buffer, row, -1)
    folds.clear(self.buffer, row, -1)
    vim.api.nvim_buf_set_lines(self.buffer, row, -1, false, lines)
  end)
end

-- The cursor goes to where the next question is written.
function Session:to_prompt()
  local last = vim.api.nvim_buf_line_count(self.buffer)
  for _, shown in ipairs(vim.fn.win_findbuf(self.buffer)) do
    vim.api.nvim_win_set_cursor(shown, { last, 0 })
  end
end

---Puts text where the next question is written.
---@param text string
function Session:set_draft(text)
  local row = self:prompt_row() or vim.api.nvim_buf_line_count(self.buffer)
  local lines = { QUESTION, '' }
  vim.list_extend(lines, vim.split(text, '\n', { plain = true }))
  self:replace_from(row, lines)
  self.prompt = vim.api.nvim_buf_set_extmark(self.buffer, space, row, 0, { id = self.prompt, right_gravity = false })
  self:to_prompt()
end

-- Adds the heading for the next question at the end.
function Session:add_prompt()
  writer.edit(self.buffer, function()
    local last = vim.api.nvim_buf_line_count(self.buffer)
    local following = vim.tbl_filter(function(shown)
      return vim.api.nvim_win_get_cursor(shown)[1] == last
    end, vim.fn.win_findbuf(self.buffer))
    vim.api.nvim_buf_set_lines(self.buffer, last, last, false, { '', QUESTION, '', '' })
    self.prompt = vim.api.nvim_buf_set_extmark(self.buffer, space, last + 1, 0, {
      id = self.prompt,
      right_gravity = false,
    })
    for _, shown in ipairs(following) do
      vim.api.nvim_win_set_cursor(shown, { last + 4, 0 })
    end
  end)
end

-- Writes a heading for an answer below what is there, and gives what writes the answer.
---@param on_done fun(problem?: string, result: table)
---@return codecompass.Render
function Session:add_answer(on_done)
  local row = 0 ---@type integer
  writer.edit(self.buffer, function()
    local last = vim.api.nvim_buf_line_count(self.buffer)
    local lines = vim.api.nvim_buf_get_lines(self.buffer, 0, -1, false)
    while last > 1 and vim.trim(lines[last] or '') == '' do
      last = last - 1
    end
    vim.api.nvim_buf_set_lines(self.buffer, last, -1, false, { '', ANSWER, '', '' })
    row = last + 1
    self.answer_mark = vim.api.nvim_buf_set_extmark(self.buffer, space, row, 0, {
      id = self.answer_mark,
      right_gravity = false,
    })
  end)
  self:to_prompt()
  self.render = render.new(self.buffer, row, row + 2, on_done)
  return self.render
end

-- What other tools report, as far as the question is about it.
local function problems()
  local found = {}
  for _, diagnostic in ipairs(vim.diagnostic.get()) do
    if #found < PROBLEMS and place.is_file(diagnostic.bufnr) then
      table.insert(found, {
        uri = vim.uri_from_bufnr(diagnostic.bufnr),
        range = {
          start = { line = diagnostic.lnum, character = diagnostic.col },
          ['end'] = { line = diagnostic.end_lnum or diagnostic.lnum, character = diagnostic.end_col or diagnostic.col },
        },
        message = diagnostic.message,
        source = diagnostic.source,
      })
    end
  end
  return found
end

---Asks the server.
---@param params table
function Session:request(params)
  params.conversation = self.conversation
  params.editor = place.editor()
  params.think = options.get().chat.think
  if (params.message or ''):find('@problems', 1, true) then
    params.diagnostics = problems()
  end
  local sink = self:add_answer(function(_, result)
    self:answered(result)
  end)
  self.answer = answers.start(params, sink)
end

---@param result table
function Session:answered(result)
  self.conversation = result.conversation or self.conversation
  if self:is_valid() then
    self:add_prompt()
  end
  vim.api.nvim_exec_autocmds('User', {
    pattern = 'CodeCompassAnswer',
    modeline = false,
    data = { buffer = self.buffer, conversation = self.conversation, complete = result.complete },
  })
end

---Sends what was written.
function Session:send()
  if self:is_answering() then
    return notice.say('the answer is still being written')
  end
  local message = self:draft()
  if message == '' then
    return notice.say('write a question under "## You" first')
  end
  if self.title == 'CodeCompass' then
    self:set_title(first_line(message))
  end
  local subject = self.subject
  self.subject = nil
  self:request({ message = message, subject = subject })
end

---Writes a question and sends it.
---@param message string
---@param subject? table
function Session:ask(message, subject)
  if self:is_answering() then
    return notice.say('the answer is still being written')
  end
  self:set_draft(message)
  self.subject = subject
  self:send()
end

---Ends the answer that is being written.
function Session:stop()
  if self:is_answering() then
    self.answer:stop()
  end
end

---Answers the last question anew.
function Session:regenerate()
  if self:is_answering() then
    return notice.say('the answer is still being written; stop it first')
  end
  local row = self.answer_mark and vim.api.nvim_buf_get_extmark_by_id(self.buffer, space, self.answer_mark, {})[1]
  if not row or not self.conversation then
    return notice.say('there is no answer yet')
  end
  self:replace_from(row, {})
  self:request({ message = '', regenerate = true })
end

---Shows an answer of somewhere else as the beginning of this conversation.
---@param question string
---@param answer codecompass.Answer
function Session:adopt(question, answer)
  self:set_draft(question)
  self:set_title(first_line(question))
  self.conversation = answer.conversation
  self.answer = answer
  answer:attach(self:add_answer(function(_, result)
    self.conversation = answer.conversation
    self:answered(result)
  end))
end

---Writes a conversation that was kept.
---@param conversation table
function Session:load(conversation)
  self.conversation = conversation.id
  self:set_title(conversation.title)
  local turns = conversation.asked or {}
  local function next_turn(index)
    local turn = turns[index]
    if not turn or not self:is_valid() then
      return
    end
    local question = turn.message
    if question == '' then
      question = 'Explain ' .. ((turn.subject or {}).symbol or 'this')
    end
    self:set_draft(question)
    local sink = self:add_answer(function()
      self:add_prompt()
      next_turn(index + 1)
    end)
    if turn.answer.thinking and turn.answer.thinking ~= '' then
      sink:thinking(turn.answer.thinking)
    end
    sink:text(turn.answer.text or '')
    sink:done(nil, turn.answer)
  end
  next_turn(1)
end

return M
