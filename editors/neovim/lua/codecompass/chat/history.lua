-- The conversations that are kept.

local notice = require('codecompass.notice')
local place = require('codecompass.place')
local request = require('codecompass.request')

local M = {}

local METHOD = 'codecompass/conversations'

-- How long ago, roughly.
local function age(milliseconds)
  local minutes = math.max(os.time() - milliseconds / 1000, 0) / 60
  if minutes < 60 then
    return ('%d min ago'):format(minutes)
  elseif minutes < 48 * 60 then
    return ('%d h ago'):format(minutes / 60)
  end
  return ('%d days ago'):format(minutes / 1440)
end

---Lets the user choose a conversation of this project.
---@param prompt string
---@param chosen fun(summary: table)
local function choose(prompt, chosen)
  local editor = place.editor()
  request.send(METHOD, { action = 'list', uri = editor and editor.uri }, function(problem, result)
    if problem then
      return notice.fail(problem)
    end
    local kept = result and result.conversations or {}
    if #kept == 0 then
      return notice.say('no conversation is kept yet')
    end
    vim.ui.select(kept, {
      prompt = prompt,
      kind = 'codecompass.conversation',
      format_item = function(summary)
        return ('%s  (%d, %s)'):format(summary.title, summary.turns, age(summary.updated))
      end,
    }, function(summary)
      if summary then
        chosen(summary)
      end
    end)
  end)
end

---@param params table
---@param done fun(result: table)
local function ask(params, done)
  request.send(METHOD, params, function(problem, result)
    if problem then
      return notice.fail(problem)
    end
    done(result or {})
  end)
end

---Opens one of them.
---@param open fun(conversation: table)
function M.open(open)
  choose('Go on with', function(summary)
    ask({ action = 'get', id = summary.id }, function(result)
      open(result.conversation)
    end)
  end)
end

---Removes one of them.
---@param removed fun(id: string)
function M.delete(removed)
  choose('Delete', function(summary)
    ask({ action = 'delete', id = summary.id }, function(result)
      removed(summary.id)
      notice.say(result.message or 'the conversation is deleted')
    end)
  end)
end

---@param session codecompass.Session
function M.rename(session)
  vim.ui.input({ prompt = 'Title: ', default = session.title }, function(title)
    if not title or vim.trim(title) == '' then
      return
    end
    ask({ action = 'rename', id = session.conversation, title = title }, function()
      session:set_title(title)
    end)
  end)
end

---Shows a conversation as Markdown that can be saved.
---@param session codecompass.Session
function M.export(session)
  ask({ action = 'export', id = session.conversation }, function(result)
    vim.cmd('botright new')
    vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(result.markdown or '', '\n', { plain = true }))
    vim.bo.filetype = 'markdown'
  end)
end

return M
