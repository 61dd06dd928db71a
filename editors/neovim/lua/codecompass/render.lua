-- An answer as it is written into a buffer: what is being done, the reasoning, the text, the sources. It is appended to, never
-- written anew; when it is complete, the lines that the server mended are changed.

local folds = require('codecompass.folds')
local links = require('codecompass.links')
local options = require('codecompass.options')
local writer = require('codecompass.writer')

local M = {}

local space = vim.api.nvim_create_namespace('codecompass.render')

---@class codecompass.Render: codecompass.Sink
---@field buffer integer
---@field writer codecompass.Writer
---@field sources_known table[]
---@field heading integer A mark on the line that says what is being done.
---@field begin integer A mark where the answer begins.
---@field text_begin? integer A mark where its text begins.
---@field fold? integer
---@field held? string Text that waits for the reasoning to be written.
---@field state 'empty'|'thinking'|'text'|'done'
---@field on_done? fun(problem?: string, result: table)
local Render = {}
Render.__index = Render

---@param buffer integer
---@param heading integer The row that says what is being done, from 0.
---@param row integer The empty line where the answer begins.
---@param on_done? fun(problem?: string, result: table)
---@return codecompass.Render
function M.new(buffer, heading, row, on_done)
  local function fixed(at)
    return vim.api.nvim_buf_set_extmark(buffer, space, at, 0, { right_gravity = false })
  end
  return setmetatable({
    buffer = buffer,
    writer = writer.at(buffer, row, 0),
    sources_known = {},
    heading = fixed(heading),
    begin = fixed(row),
    state = 'empty',
    on_done = on_done,
  }, Render)
end

---@param mark? integer
---@return integer row
function Render:row(mark)
  return mark and vim.api.nvim_buf_get_extmark_by_id(self.buffer, space, mark, {})[1] or 0
end

---Says something beside the heading, and below it.
---@param text string
---@param below? string[]
function Render:say(text, below)
  local lines = vim.tbl_map(function(line)
    return { { line, 'CodeCompassNote' } }
  end, below or {})
  if vim.api.nvim_buf_is_loaded(self.buffer) then
    vim.api.nvim_buf_set_extmark(self.buffer, space, self:row(self.heading), 0, {
      id = self.heading,
      right_gravity = false,
      virt_text = text ~= '' and { { ' ' .. text, 'CodeCompassNote' } } or nil,
      virt_text_pos = 'eol',
      virt_lines = #lines > 0 and lines or nil,
      hl_mode = 'combine',
    })
  end
end

function Render:status(_, text)
  if self.state ~= 'done' then
    self:say(text)
  end
end

function Render:sources(sources)
  self.sources_known = sources
end

function Render:thinking(text)
  if options.get().chat.reasoning == 'hidden' or self.state == 'text' then
    return
  end
  if self.state == 'empty' then
    self.state = 'thinking'
    local row = self.writer:place()
    if options.get().chat.reasoning == 'folded' then
      self.fold = folds.begin(self.buffer, row)
    end
    self.writer:write('> **Reasoning**\n> ')
    text = text:gsub('^%s+', '')
  end
  self.writer:write((text:gsub('\n', '\n> ')))
end

-- What follows is the text; all that was thought is written.
function Render:begin_text()
  local thought = self.state == 'thinking'
  self.state = 'text'
  self:say('answering')
  if thought then
    writer.edit(self.buffer, function()
      if self.fold then
        folds.finish(self.buffer, self.fold, (self.writer:place()))
      end
      self.writer:insert('\n\n')
    end)
  end
  local row, column = self.writer:place()
  self.text_begin = vim.api.nvim_buf_set_extmark(self.buffer, space, row, column, { right_gravity = false })
end

function Render:text(text)
  if self.state == 'text' then
    return self.writer:write(text)
  end
  -- Until the reasoning is written, the text has no place.
  if self.held then
    self.held = self.held .. text
    return
  end
  self.held = text
  self.writer:when_idle(function()
    local held = self.held
    self.held = nil
    if vim.api.nvim_buf_is_loaded(self.buffer) then
      self:begin_text()
      self.writer:write(held)
    end
  end)
end

-- Makes the lines of the text what the answer says, touching only those that differ.
function Render:mend(text)
  local first = self:row(self.text_begin)
  local last = self.writer:place()
  local there = vim.api.nvim_buf_get_lines(self.buffer, first, last + 1, false)
  local wanted = vim.split(text, '\n', { plain = true })
  local same = 0
  while same < math.min(#there, #wanted) and there[same + 1] == wanted[same + 1] do
    same = same + 1
  end
  local tail = 0
  while tail < math.min(#there, #wanted) - same and there[#there - tail] == wanted[#wanted - tail] do
    tail = tail + 1
  end
  if same < #there or same < #wanted then
    local between = vim.list_slice(wanted, same + 1, #wanted - tail)
    vim.api.nvim_buf_set_lines(self.buffer, first + same, first + #there - tail, false, between)
    -- Where lines were replaced, marks do not know any more where they belong.
    local end_row = first + #wanted - 1
    self.writer:close()
    self.writer = writer.at(self.buffer, end_row, #wanted[#wanted])
  end
end

local function seconds(milliseconds)
  return milliseconds and ('%.1f s'):format(milliseconds / 1000) or nil
end

-- How it was made, and how well it is founded.
---@param result table
---@return string[]
local function account(result)
  local usage = result.usage or {}
  local speed = usage.tokensPerSecond and ('%.0f tokens/s'):format(usage.tokensPerSecond)
  local parts = { result.model, result.host, seconds(usage.totalMs), speed }
  local said = {}
  for index = 1, 4 do
    if parts[index] then
      table.insert(said, parts[index])
    end
  end
  if result.stopped then
    table.insert(said, 1, 'stopped')
  end
  return vim.tbl_filter(function(line)
    return line ~= ''
  end, { table.concat(said, ' · '), result.summary or '' })
end

---@param source table
---@return string
local function source_place(source)
  local from, to = source.range.start.line + 1, source.range['end'].line + 1
  if source.range['end'].character == 0 and to > from then
    to = to - 1
  end
  local path = source.path ~= nil and source.path ~= '' and source.path
    or vim.fn.fnamemodify(vim.uri_to_fname(source.uri), ':~:.')
  return ('%s:%d-%d'):format(path, from, to)
end

-- What the user should know.
---@param result table
---@return string[]
local function remarks(result)
  local lines = {}
  local function remark(name, text)
    local before = #lines > 0 and { '' } or {}
    vim.list_extend(lines, before)
    table.insert(lines, '> **' .. name .. ':** ' .. text:gsub('\n', '\n> '))
  end
  if result.error then
    remark(result.text ~= '' and 'Not complete' or 'No answer', result.error)
  end
  for _, note in ipairs(result.notes or {}) do
    remark('Note', note)
  end
  if (result.redactions or 0) > 0 then
    remark('Note', result.redactions .. ' secrets were taken out of what was sent')
  end
  return lines
end

-- What the answer rests on.
---@param sources table[]
---@return string[]
local function list(sources)
  local lines = { ('**Sources (%d)**'):format(#sources) }
  for _, source in ipairs(sources) do
    table.insert(lines, ('%d. `%s` %s'):format(source.n, source_place(source), source.label or ''))
  end
  return lines
end

---@param problem? string
---@param result table
function Render:done(problem, result)
  self.writer:when_idle(function()
    if vim.api.nvim_buf_is_loaded(self.buffer) then
      self:complete(result)
    end
    if self.on_done then
      self.on_done(problem, result)
    end
  end)
end

---@param result table
function Render:complete(result)
  if self.state ~= 'text' then
    self:begin_text()
  end
  writer.edit(self.buffer, function()
    self:mend(result.text)
    links.add_all(self.buffer, self:row(self.text_begin), result.citations or {})
    self:finish(result)
  end)
  self.state = 'done'
  self:say('', account(result))
  self.writer:close()
end

-- Adds lines below what is there, with an empty one between, unless there is nothing.
---@param lines string[]
function Render:add(lines)
  local row = self.writer:place()
  local is_empty = vim.api.nvim_buf_get_lines(self.buffer, row, row + 1, false)[1] == ''
  self.writer:insert((is_empty and '' or '\n\n') .. table.concat(lines, '\n'))
end

function Render:finish(result)
  local said = remarks(result)
  if #said > 0 then
    self:add(said)
  end
  local sources = result.sources or {}
  if #sources == 0 then
    return
  end
  self:add({ '' })
  local row = self.writer:place()
  -- Before the lines are there, because a fold is looked for when a line is added. Without an answer they are what there is
  -- to read.
  local fold = (result.complete or result.text ~= '') and folds.begin(self.buffer, row)
  self.writer:insert(table.concat(list(sources), '\n'))
  if fold then
    folds.finish(self.buffer, fold, row + #sources)
  end
  for index, source in ipairs(sources) do
    local line = vim.api.nvim_buf_get_lines(self.buffer, row + index, row + index + 1, false)[1]
    local from, to = (line or ''):find('`[^`]+`')
    links.add(self.buffer, row + index, (from or 1) - 1, row + index, to or 0, {
      uri = source.uri,
      range = source.range,
      verified = true,
    })
  end
end

return M
