-- What is there from the start: the command, the maps, and that the server starts with the first file. Nothing else of the
-- plugin is loaded before one of them is used.

if vim.g.loaded_codecompass then
  return
end
vim.g.loaded_codecompass = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('CodeCompass needs Neovim 0.11 or newer', vim.log.levels.ERROR)
  return
end

vim.api.nvim_create_user_command('CodeCompass', function(call)
  require('codecompass.commands').run(call)
end, {
  nargs = '*',
  range = true,
  bang = true,
  desc = 'Search, ask and explain the code of this project',
  complete = function(lead, line, position)
    return require('codecompass.commands').complete(lead, line, position)
  end,
})

local function map(modes, name, command, description)
  for mode in modes:gmatch('.') do
    -- In Visual mode the colon brings the range along.
    local keys = (mode == 'x' and ':' or '<Cmd>') .. 'CodeCompass ' .. command .. '<CR>'
    vim.api.nvim_set_keymap(mode, '<Plug>(CodeCompass' .. name .. ')', keys, {
      noremap = true,
      silent = true,
      desc = 'CodeCompass: ' .. description,
    })
  end
end
map('n', 'Search', 'search', 'search the code')
map('nx', 'Ask', 'ask', 'ask about the code')
map('nx', 'Explain', 'explain', 'explain the code here')
map('nx', 'Similar', 'similar', 'find code like this')
map('n', 'Chat', 'chat', 'show or hide the chat')
map('n', 'Stop', 'chat stop', 'stop the answer')
map('n', 'Status', 'status', 'how the index is')

local group = vim.api.nvim_create_augroup('codecompass', {})

-- Not in the event itself: loading the client takes longer than everything else here, and the file is shown first.
local function enable()
  vim.schedule(function()
    require('codecompass.server').enable()
  end)
end

local function is_file(buffer)
  return vim.bo[buffer].buftype == '' and vim.bo[buffer].filetype ~= '' and vim.api.nvim_buf_get_name(buffer) ~= ''
end

local known = vim.iter(vim.api.nvim_list_bufs()):any(function(buffer)
  return vim.api.nvim_buf_is_loaded(buffer) and is_file(buffer)
end)
if known then
  -- Loaded late, by a plugin manager.
  enable()
else
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    desc = 'start CodeCompass with the first file',
    callback = function(event)
      if is_file(event.buf) then
        enable()
        return true
      end
    end,
  })
end
