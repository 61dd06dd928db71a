-- The keys of a chat.

local options = require('codecompass.options')

local M = {}

---@param keys codecompass.Keys
---@return string[]
local function list(keys)
  return not keys and {} or type(keys) == 'table' and keys or { keys }
end

-- What each key does, in the order in which help lists them.
local ACTIONS = {
  { name = 'send', modes = { 'n' }, what = 'send what stands under the last "## You"' },
  { name = 'send_insert', modes = { 'i' }, what = 'the same while typing' },
  { name = 'stop', modes = { 'n', 'i' }, what = 'stop the answer' },
  { name = 'follow', modes = { 'n' }, what = 'go to the code that the citation names' },
  { name = 'regenerate', modes = { 'n' }, what = 'answer the last question anew' },
  { name = 'history', modes = { 'n' }, what = 'earlier conversations' },
  { name = 'help', modes = { 'n' }, what = 'these keys' },
}

local function help()
  local lines = {}
  for _, action in ipairs(ACTIONS) do
    for _, key in ipairs(list(options.get().chat.keys[action.name])) do
      table.insert(lines, ('  %-8s %s'):format(key, action.what))
    end
  end
  vim.list_extend(lines, {
    '  za       open or close the reasoning and the sources',
    '  i_CTRL-X_CTRL-O after "@": files, folders, names',
  })
  require('codecompass.float').open({ title = 'Keys of the chat', lines = lines })
end

---@param session codecompass.Session
function M.map(session)
  local act = {
    send = function()
      session:send()
    end,
    send_insert = function()
      vim.cmd.stopinsert()
      session:send()
    end,
    stop = function()
      if session:is_answering() then
        return session:stop()
      end
      -- Nothing is to be stopped: the key does what it always does.
      vim.cmd.stopinsert()
    end,
    follow = function()
      require('codecompass.links').follow(session.render and session.render.sources_known)
    end,
    regenerate = function()
      session:regenerate()
    end,
    history = function()
      require('codecompass.chat').run('history')
    end,
    help = help,
  }
  for _, action in ipairs(ACTIONS) do
    for _, key in ipairs(list(options.get().chat.keys[action.name])) do
      vim.keymap.set(action.modes, key, act[action.name], {
        buffer = session.buffer,
        desc = 'CodeCompass: ' .. action.what,
      })
    end
  end
end

return M
