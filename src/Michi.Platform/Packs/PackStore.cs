using System.Collections.Concurrent;
using System.Text.Json;
using Michi.Approach;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Platform.Packs;

/// <summary>The content packs of the installation: the current one, and every earlier version an assessment was made with.</summary>
public sealed class PackStore(ContentPack current, IServiceScopeFactory scopes)
{
    private readonly ConcurrentDictionary<string, ContentPack> _byHash = new(StringComparer.Ordinal) { [current.Hash] = current };

    /// <summary>The pack new work is done with.</summary>
    public ContentPack Current => current;

    /// <summary>The pack with this hash.</summary>
    /// <exception cref="InvalidOperationException">It was never stored here.</exception>
    public async Task<ContentPack> GetAsync(string hash, CancellationToken cancel)
    {
        if (_byHash.TryGetValue(hash, out var pack)) return pack;
        await using var scope = scopes.CreateAsyncScope();
        var stored = await scope.ServiceProvider.GetRequiredService<PlatformDb>().Packs.AsNoTracking().FirstOrDefaultAsync(p => p.Hash == hash, cancel)
            ?? throw new InvalidOperationException($"No content pack with the hash {hash} is stored.");
        pack = PackReader.Read(JsonSerializer.Deserialize<List<PackLayer>>(stored.Layers)!).Pack!;
        return _byHash.GetOrAdd(hash, pack);
    }

    /// <summary>Keeps the current pack whole in the database, so that what was made with it can be made again.</summary>
    internal async Task KeepCurrentAsync(PlatformDb db, DateTimeOffset now, CancellationToken cancel)
    {
        if (await db.Packs.AnyAsync(p => p.Hash == current.Hash, cancel)) return;
        db.Packs.Add(new() { Hash = current.Hash, PackId = current.Id, Version = current.Version, Layers = JsonSerializer.Serialize(current.Layers), AddedAt = now });
        await db.SaveChangesAsync(cancel);
    }
}
