using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Administration;

/// <summary>The content packs: the one in force and the earlier versions kept for what was made with them.</summary>
[Allow(Right.Administer)]
internal sealed class PacksPage(PlatformDb db, PackStore store) : MichiPage
{
    public ContentPack Current => store.Current;
    public IReadOnlyList<(string Hash, string Id, string Version, DateTimeOffset AddedAt)> Stored { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel) =>
        Stored = [.. (await db.Packs.AsNoTracking().OrderByDescending(p => p.AddedAt).Select(p => new { p.Hash, p.PackId, p.Version, p.AddedAt }).ToListAsync(cancel))
            .Select(p => (p.Hash, p.PackId, p.Version, p.AddedAt))];
}
