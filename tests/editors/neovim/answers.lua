-- Questions and explanations through the whole chain: the plugin, the real server, and a model host that only pretends.

local project, here = vim.env.TEST_PROJECT, vim.env.TEST_HERE
local checks = dofile(here .. '/checks.lua')
local case, same, contains, eventually = checks.case, checks.same, checks.contains, checks.eventually

vim.o.swapfile = false
vim.cmd('filetype on')
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here, ':h:h:h') .. '/editors/neovim')
vim.cmd('runtime plugin/codecompass.lua')

local said = {}
vim.notify = function(message)
  table.insert(said, message)
end

-- The model host, and the file where it says its port, or that somebody stopped listening.
local port_file = vim.fn.tempname()
local host = vim.fn.jobstart({ 'python3', here .. '/fake_ollama.py', port_file })
local port = eventually('the host listens', function()
  return vim.fn.filereadable(port_file) == 1 and vim.fn.readfile(port_file)[1]
end)
-- Hosts are no setting of editors.
vim.env.CODECOMPASS_OLLAMA_HOSTS = 'http://127.0.0.1:' .. port

local completed = 0
vim.api.nvim_create_autocmd('User', {
  pattern = 'CodeCompassAnswer',
  callback = function()
    completed = completed + 1
  end,
})
local function answered(ask)
  local before = completed
  ask()
  eventually('an answer is complete; what was said: ' .. vim.inspect(said), function()
    return completed > before
  end, 30000)
end
local function chat()
  return require('codecompass.chat').current()
end
local function text()
  return checks.text_of(chat().buffer)
end
local function writes(what)
  vim.api.nvim_buf_set_lines(0, -2, -1, false, { what })
end
local function beside_heading()
  local row = chat().render:row(chat().render.heading)
  return vim.inspect(vim.api.nvim_buf_get_extmarks(chat().buffer, -1, { row, 0 }, { row, -1 }, { details = true }))
end
local code

case('a question is answered by the model, with a citation that was checked', function()
  vim.cmd.edit(vim.fn.fnameescape(project .. '/src/retry.rs'))
  code = vim.api.nvim_get_current_win()
  eventually('the index is ready', function()
    return require('codecompass').statusline() == 'CodeCompass: ready'
  end, 60000)
  answered(function()
    vim.cmd('CodeCompass ask how long does backoff_delay wait')
  end)
  contains(text(), 'It waits twice as long each time [')
  contains(text(), '**Sources (')
  contains(beside_heading(), 'qwen2.5-coder:7b')
  assert(chat().conversation, 'it belongs to no conversation')
end)

case('the citation leads to the code', function()
  local row
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    if line:find('It waits twice as long', 1, true) then
      row = { number, line:find('%[') - 1 }
    end
  end
  vim.api.nvim_win_set_cursor(0, row)
  checks.type('gd')
  same(vim.api.nvim_get_current_win(), code)
  contains(vim.api.nvim_buf_get_name(0), project)
end)

case('the next question belongs to the same conversation', function()
  local conversation = chat().conversation
  require('codecompass').chat('open')
  vim.cmd('normal! G')
  writes('and then?')
  answered(function()
    checks.type('<CR>')
  end)
  same(chat().conversation, conversation)
end)

case('<C-c> stops the model itself', function()
  vim.cmd('normal! G')
  writes('answer slowly, very slow')
  checks.type('<CR>')
  eventually('it answers', function()
    return text():find('It goes on. It goes on.', 1, true)
  end)
  answered(function()
    checks.type('<C-c>')
  end)
  contains(beside_heading(), 'stopped')
  eventually('the host hears of it', function()
    return vim.fn.filereadable(port_file .. '.stopped') == 1
  end)
end)

case('explain explains the function at the cursor', function()
  vim.api.nvim_set_current_win(code)
  vim.cmd.edit(vim.fn.fnameescape(project .. '/src/retry.rs'))
  checks.cursor_on('backoff_delay')
  vim.cmd('CodeCompass explain')
  local buffer = vim.api.nvim_win_get_buf(eventually('a window floats', checks.float))
  eventually('it is explained', function()
    return checks.text_of(buffer):find('Sources (', 1, true)
  end, 30000)
  contains(checks.text_of(buffer), 'It waits twice as long each time')
  answered(function()
    checks.type('<CR>')
  end)
  contains(text(), '## You\n\nExplain ')
end)

case('what was asked is kept', function()
  local offered
  vim.ui.select = function(items, options)
    offered = vim.tbl_map(options.format_item, items)
  end
  vim.cmd('CodeCompass chat history')
  eventually('it is offered', function()
    return offered
  end)
  contains(table.concat(offered, '\n'), 'how long does backoff_delay wait  (3, 0 min ago)')
end)

case('what can follow an @ is completed', function()
  local found = eventually('there is something', function()
    local items = require('codecompass.chat.complete').omnifunc(0, '@src/ret')
    return items[1] and items[1].word
  end)
  same(found, '@src/retry.rs')
end)

local function read_float(command)
  vim.api.nvim_set_current_win(code)
  vim.cmd(command)
  local text_there = checks.text_of(vim.api.nvim_win_get_buf(eventually('a window floats', checks.float, 30000)))
  checks.type('q')
  eventually('`q` closes it', function()
    return not checks.float()
  end)
  return text_there
end

case('models are listed, and one can be chosen', function()
  contains(read_float('CodeCompass models'), '- qwen2.5-coder:7b, 7.6B, Q4_K_M')
  said = {}
  vim.cmd('CodeCompass models select qwen2.5-coder:7b')
  eventually('it is said', function()
    return said[1] and said[1]:find('qwen2.5-coder:7b', 1, true)
  end)
end)

case('status and doctor know the host', function()
  contains(read_float('CodeCompass status'), ': up; for ')
  contains(read_float('CodeCompass doctor'), 'answers at http://127.0.0.1:' .. port)
end)

case('without a host the passages are there, and what to do', function()
  vim.fn.jobstop(host)
  vim.api.nvim_set_current_win(code)
  answered(function()
    vim.cmd('CodeCompass ask where is the configuration read')
  end)
  contains(text(), '**')
  contains(text(), '**Sources (')
  contains(text(), 'ollama')
end)

checks.finish()
