-- The `init.lua` of what `screens` looks at.

local here = vim.env.TEST_HERE
vim.o.swapfile = false
vim.o.shada = ''
vim.o.statusline = "%f %m%=%{v:lua.require'codecompass'.statusline()}  %l,%c"
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here, ':h:h:h') .. '/editors/neovim')
if vim.env.TEST_FAKE then
  vim.g.codecompass = { cmd = { 'python3', vim.env.TEST_FAKE } }
end

local folder, picker = vim.env.TEST_PICKERS, vim.env.TEST_PICKER
if picker == 'telescope' then
  vim.opt.runtimepath:append({ folder .. '/plenary.nvim', folder .. '/telescope.nvim' })
elseif picker == 'fzf-lua' then
  vim.opt.runtimepath:append(folder .. '/fzf-lua')
elseif picker == 'snacks' then
  vim.opt.runtimepath:append(folder .. '/snacks.nvim')
  require('snacks').setup({ picker = { enabled = true } })
elseif picker == 'mini' then
  vim.opt.runtimepath:append(folder .. '/mini.nvim')
  require('mini.pick').setup()
end

-- How long the longest turn of the editor was while an answer came: in milliseconds of its own processor time, because other
-- programs of a busy machine are no fault of ours, and of the clock.
if vim.env.TEST_STALL then
  local timer = assert(vim.uv.new_timer())
  local function processor()
    local usage = assert(vim.uv.getrusage())
    return (usage.utime.sec + usage.stime.sec) * 1000 + (usage.utime.usec + usage.stime.usec) / 1000
  end
  local longest, longest_clock, turns
  local spent, clock
  vim.api.nvim_create_autocmd('LspRequest', {
    callback = function(event)
      local request = event.data.request
      if request.method ~= 'codecompass/chat' or request.type ~= 'pending' then
        return
      end
      longest, longest_clock, turns = 0, 0, 0
      spent, clock = processor(), vim.uv.hrtime()
      timer:start(0, 1, function()
        local spent_now, clock_now = processor(), vim.uv.hrtime()
        longest = math.max(longest, spent_now - spent)
        longest_clock = math.max(longest_clock, (clock_now - clock) / 1e6)
        spent, clock, turns = spent_now, clock_now, turns + 1
      end)
    end,
  })
  vim.api.nvim_create_autocmd('User', {
    pattern = 'CodeCompassAnswer',
    callback = vim.schedule_wrap(function()
      if timer:is_active() then
        timer:stop()
        local line = ('%.1f ms of processor time at most, %.1f ms of the clock, %d turns'):format(
          longest,
          longest_clock,
          turns
        )
        vim.fn.writefile({ line }, vim.env.TEST_STALL)
      end
    end),
  })
end
