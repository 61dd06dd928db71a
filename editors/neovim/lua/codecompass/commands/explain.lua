-- `:[RANGE]CodeCompass explain [symbol|problem|file]`: explains in a window over the code.

local answers = require('codecompass.answer')
local float = require('codecompass.float')
local links = require('codecompass.links')
local notice = require('codecompass.notice')
local options = require('codecompass.options')
local place = require('codecompass.place')
local render = require('codecompass.render')

local M = {}

local WHAT = { 'symbol', 'problem', 'file' }

local current = nil ---@type codecompass.Answer?

---@param subject table
---@return string
local function name_of(subject)
  if subject.problem then
    return subject.problem:match('[^\n]*')
  end
  local file = vim.fn.fnamemodify(vim.uri_to_fname(subject.uri), ':~:.')
  if not subject.range then
    return file
  end
  local first, last = subject.range.start.line + 1, subject.range['end'].line + 1
  return subject.symbol or (first == last and ('%s:%d'):format(file, first) or ('%s:%d-%d'):format(file, first, last))
end

---Ends an explanation that is being written.
---@return boolean whether there was one
function M.stop()
  if current and not current.finished then
    current:stop()
    return true
  end
  return false
end

---@param answer codecompass.Answer
---@param sink codecompass.Render
---@param buffer integer
---@param window integer
---@param title string
local function map(answer, sink, buffer, window, title)
  local handed_over = false
  local function key(lhs, what, act)
    vim.keymap.set('n', lhs, act, { buffer = buffer, nowait = true, desc = 'CodeCompass: ' .. what })
  end
  local keys = options.get().chat.keys
  for _, lhs in ipairs(vim.iter({ keys.stop or {} }):flatten():totable()) do
    key(lhs, 'stop', function()
      answer:stop()
    end)
  end
  for _, lhs in ipairs(vim.iter({ keys.follow or {} }):flatten():totable()) do
    key(lhs, 'go to the code that the citation names', function()
      links.follow(sink.sources_known)
    end)
  end
  key('<CR>', 'go on in the chat', function()
    handed_over = true
    vim.api.nvim_win_close(window, true)
    require('codecompass.chat').adopt('Explain ' .. title, answer)
  end)
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buffer,
    once = true,
    callback = function()
      links.forget(buffer)
      if not handed_over then
        answer:drop()
      end
    end,
  })
end

---Explains something in a window.
---@param subject table
function M.subject(subject)
  M.stop()
  local title = name_of(subject)
  local chosen = options.get().explain
  local params = { message = '', mode = 'explain', subject = subject, editor = place.editor() }
  local buffer, window = float.open({
    title = 'Explain ' .. title:sub(1, 50),
    footer = '⏎ go on in the chat · q close',
    width = chosen.width,
    height = chosen.height,
    border = chosen.border,
    -- A line for what is being done, one between, and one for the answer.
    lines = { '', '', '' },
    filetype = 'markdown',
  })
  require('codecompass.folds').show_in(window)
  local sink = render.new(buffer, 0, 2)
  local answer = answers.start(params, sink)
  current = answer
  map(answer, sink, buffer, window, title)
end

-- The problem that is reported at the cursor.
local function problem_here()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, column = cursor[1] - 1, cursor[2] ---@type integer, integer
  local in_line = vim.diagnostic.get(0, { lnum = row })
  return vim.iter(in_line):find(function(diagnostic)
    local last_row, last = diagnostic.end_lnum or diagnostic.lnum, diagnostic.end_col or diagnostic.col + 1
    local after = diagnostic.lnum < row or diagnostic.col <= column
    return after and (last_row > row or column < math.max(last, diagnostic.col + 1))
  end),
    in_line[1]
end

---@param given? { range?: codecompass.Lines, what?: 'symbol'|'problem'|'file' }
function M.run(given)
  given = given or {}
  local uri, reason = place.current_uri()
  if not uri then
    return notice.warn(reason or '')
  end
  if given.what == 'file' then
    return M.subject({ uri = uri })
  end
  if given.range then
    return M.subject({ uri = uri, range = place.range(given.range) })
  end
  local under, in_line = problem_here()
  local problem = under or (given.what == 'problem' and in_line) or nil
  if given.what == 'problem' and not problem then
    return notice.say('no problem is reported in this line')
  end
  if problem and given.what ~= 'symbol' then
    return M.subject({ uri = uri, range = place.range(), problem = problem.message })
  end
  require('codecompass.subject').at_cursor(uri, M.subject)
end

function M.command(rest, call)
  if rest ~= '' and not vim.tbl_contains(WHAT, rest) then
    return notice.warn(('"%s" cannot be explained; there is %s'):format(rest, table.concat(WHAT, ', ')))
  end
  M.run({ range = place.of_range(call), what = rest ~= '' and rest or nil })
end

function M.complete()
  return WHAT
end

return M
