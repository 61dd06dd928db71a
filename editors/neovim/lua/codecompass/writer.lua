-- Adds text to a place in a buffer, in small pieces: what comes in a burst is spread over several turns of the editor, so that
-- it can be typed and scrolled meanwhile. Only what is new is touched.

local M = {}

-- Milliseconds between two turns, and for how long one of them may write.
local PAUSE, TURN = 20, 6
-- Bytes written without looking at the clock.
local PIECE = 2048

local space = vim.api.nvim_create_namespace('codecompass.writer')

---@class codecompass.Writer
---@field buffer integer
---@field mark integer
---@field queue string[]
---@field scheduled boolean
---@field idle fun()[]
local Writer = {}
Writer.__index = Writer

---@param buffer integer
---@param row integer From 0.
---@param column integer
---@return codecompass.Writer
function M.at(buffer, row, column)
  -- What is written here pushes the place along.
  local mark = vim.api.nvim_buf_set_extmark(buffer, space, row, column, { right_gravity = true })
  return setmetatable({ buffer = buffer, mark = mark, queue = {}, scheduled = false, idle = {} }, Writer)
end

---Where the next character goes.
---@return integer row, integer column
function Writer:place()
  local at = vim.api.nvim_buf_get_extmark_by_id(self.buffer, space, self.mark, {})
  return at[1], at[2]
end

---Changes a buffer that the user need not be able to change, and keeps it out of what `u` takes back.
---@param buffer integer
---@param change fun()
function M.edit(buffer, change)
  local modifiable, levels = vim.bo[buffer].modifiable, vim.bo[buffer].undolevels
  vim.bo[buffer].modifiable = true
  vim.bo[buffer].undolevels = -1
  local ok, problem = pcall(change)
  vim.bo[buffer].undolevels = levels
  vim.bo[buffer].modifiable = modifiable
  vim.bo[buffer].modified = false
  if not ok then
    error(problem, 0)
  end
end

-- The windows whose cursor is on the last line: they go along with it.
local function followers(buffer)
  local last = vim.api.nvim_buf_line_count(buffer)
  return vim.tbl_filter(function(window)
    return vim.api.nvim_win_get_cursor(window)[1] == last
  end, vim.fn.win_findbuf(buffer))
end

local function follow(buffer, windows)
  local last = vim.api.nvim_buf_line_count(buffer)
  local line = vim.api.nvim_buf_get_lines(buffer, last - 1, last, false)[1]
  for _, window in ipairs(windows) do
    local there = window == vim.api.nvim_get_current_win()
    -- A cursor that is typing stays where it types.
    if not (there and vim.api.nvim_get_mode().mode:find('^[iR]')) then
      vim.api.nvim_win_set_cursor(window, { last, #line })
    end
  end
end

---@param text string
function Writer:insert(text)
  local windows = followers(self.buffer)
  local row, column = self:place()
  vim.api.nvim_buf_set_text(self.buffer, row, column, row, column, vim.split(text, '\n', { plain = true }))
  follow(self.buffer, windows)
end

-- The end of a piece that splits no character.
local function boundary(text, wanted)
  if wanted >= #text then
    return #text
  end
  return wanted + vim.str_utf_start(text, wanted + 1)
end

function Writer:turn()
  self.scheduled = false
  if not vim.api.nvim_buf_is_loaded(self.buffer) then
    self.queue = {}
    return
  end
  local text = table.concat(self.queue)
  self.queue = {}
  local began, at = vim.uv.hrtime(), 0
  M.edit(self.buffer, function()
    while at < #text and (vim.uv.hrtime() - began) / 1e6 < TURN do
      local rest = text:sub(at + 1, at + PIECE + 4)
      local length = boundary(rest, PIECE)
      self:insert(rest:sub(1, length))
      at = at + length
    end
  end)
  if at < #text then
    table.insert(self.queue, text:sub(at + 1))
    return self:schedule()
  end
  while #self.idle > 0 and #self.queue == 0 do
    table.remove(self.idle, 1)()
  end
end

function Writer:schedule()
  if not self.scheduled then
    self.scheduled = true
    vim.defer_fn(function()
      self:turn()
    end, PAUSE)
  end
end

---@param text string
function Writer:write(text)
  if text ~= '' then
    table.insert(self.queue, text)
    self:schedule()
  end
end

---Calls back once all is written, in the order in which it was asked for.
---@param callback fun()
function Writer:when_idle(callback)
  if #self.queue == 0 and not self.scheduled and #self.idle == 0 then
    return callback()
  end
  table.insert(self.idle, callback)
end

---Forgets the place.
function Writer:close()
  if vim.api.nvim_buf_is_valid(self.buffer) then
    vim.api.nvim_buf_del_extmark(self.buffer, space, self.mark)
  end
end

return M
