-- A window over the others, to read in.

local M = {}

---@class codecompass.Float
---@field title? string
---@field footer? string
---@field lines? string[]
---@field filetype? string
---@field width? number
---@field height? number
---@field border? string|string[]

local function extent(size, whole)
  return math.max(math.floor(size < 1 and size * whole or size), 1)
end

---@param lines string[]
---@return integer
local function widest(lines)
  return vim.iter(lines):fold(1, function(most, line)
    return math.max(most, vim.api.nvim_strwidth(line))
  end)
end

---Opens one and goes there; `q` and `<Esc>` close it, and so does going elsewhere.
---@param options codecompass.Float
---@return integer buffer, integer window
function M.open(options)
  local lines = options.lines or { '' }
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  local most_columns, most_rows = math.max(vim.o.columns - 4, 1), math.max(vim.o.lines - 6, 1)
  local width = math.min(extent(options.width or widest(lines) + 2, vim.o.columns), most_columns)
  local height = math.min(extent(options.height or #lines, vim.o.lines), most_rows)
  local border = options.border
    or (vim.fn.exists('+winborder') == 1 and vim.o.winborder ~= '' and vim.o.winborder)
    or 'rounded'
  local framed = border ~= 'none'
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    row = math.max(math.floor((vim.o.lines - height) / 2) - 1, 0),
    col = math.max(math.floor((vim.o.columns - width) / 2), 0),
    width = width,
    height = height,
    style = 'minimal',
    border = border --[[@as any]],
    title = framed and options.title and (' ' .. options.title .. ' ') or nil,
    title_pos = framed and options.title and 'center' or nil,
    footer = framed and options.footer and (' ' .. options.footer .. ' ') or nil,
    footer_pos = framed and options.footer and 'right' or nil,
  })
  if options.filetype then
    vim.bo[buffer].filetype = options.filetype
  end
  vim.bo[buffer].modifiable = false
  vim.wo[window][0].wrap = true
  vim.wo[window][0].linebreak = true
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  for _, key in ipairs({ 'q', '<Esc>' }) do
    vim.keymap.set('n', key, close, { buffer = buffer, nowait = true, desc = 'CodeCompass: close' })
  end
  vim.api.nvim_create_autocmd('WinLeave', { buffer = buffer, once = true, callback = vim.schedule_wrap(close) })
  return buffer, window
end

return M
