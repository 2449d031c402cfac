using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Backups;

/// <summary>Puts contents back into the embedded databases of a data folder. They are made beside it as a whole and put in place in the end.</summary>
internal sealed class SqliteTarget : IDisposable
{
    /// <summary>Entities, or points of the history, put back in one transaction.</summary>
    private const int Portion = 4_000, PointPortion = 50_000;

    private const string Store = "city-os.db", HistoryFile = "city-history.db", NameFile = "city-os.name";

    private readonly string _folder, _staged;
    private readonly FileStream _lock;
    private bool _isPlaced;

    /// <param name="folder">Nobody else opens its databases until the end.</param>
    /// <exception cref="IOException">Another program has them open.</exception>
    public SqliteTarget(string folder)
    {
        (_folder, _staged) = (folder, Path.Combine(folder, "city-os.restore"));
        _lock = SqliteStore.Lock(Path.Combine(Directory.CreateDirectory(folder).FullName, Store));
    }

    /// <summary>Whether the folder holds nothing anybody would miss.</summary>
    public bool IsEmpty()
    {
        using var there = SqliteContent.Open(_folder);
        return there is null || !(there.Entities().Any() || there.Documents().Any() || there.Histories().Any());
    }

    /// <summary>Makes the databases beside the place where they shall be.</summary>
    public async Task StageAsync(ICityContent content, TimeProvider clock, IProgress<double> progress, CancellationToken cancel)
    {
        RemoveStaged();
        Directory.CreateDirectory(_staged);
        var shown = new Shares(progress, content.EntityCount);
        await StageStoreAsync(content, shown, cancel);
        await StageHistoryAsync(content, clock, shown, cancel);
        await File.WriteAllTextAsync(Path.Combine(_staged, NameFile), content.Broker + "\n", cancel);
        progress.Report(1);
    }

    /// <summary>Puts in place what was made.</summary>
    public void Place()
    {
        if (!Directory.Exists(_staged)) return;
        _isPlaced = true;
        Remove();
        foreach (var name in (string[])[NameFile, HistoryFile, Store]) File.Move(Path.Combine(_staged, name), Path.Combine(_folder, name), overwrite: true);
        RemoveStaged();
    }

    /// <summary>Takes away again what was put in place, where the rest of a restore failed.</summary>
    public void Undo()
    {
        if (_isPlaced) Remove();
    }

    public void Dispose()
    {
        RemoveStaged();
        _lock.Dispose();
    }

    private async Task StageStoreAsync(ICityContent content, Shares shown, CancellationToken cancel)
    {
        var connection = SqliteSchema.Open(Path.Combine(_staged, Store), isWriter: true);
        var names = new SqliteNames(connection);
        using var tables = new SqliteWriter(connection, names);
        foreach (var tenant in content.Tenants) await tables.MakeTenantAsync(tenant, cancel);
        foreach (var some in content.Documents().Chunk(Portion)) await Task.WhenAll(some.Select(d => tables.WriteAsync(d.Kind, d.Tenant, d.Id, _ => d.Body, cancel)));
        // What the log would bring into the tables, without a log: whoever follows it begins behind all that is put back.
        foreach (var some in content.Entities().Chunk(Portion))
        {
            var overlay = new Overlay(content.LastChange);
            foreach (var (key, tenant, id, body) in some)
            {
                overlay.Add(new(content.LastChange, key, tenant, id, default, null, body), new(null, EntityCodec.Read(body)));
                shown.Entity();
            }
            await tables.SaveAsync(overlay, cancel);
        }
        await tables.SaveAsync(new(content.LastChange), cancel);
    }

    private async Task StageHistoryAsync(ICityContent content, TimeProvider clock, Shares shown, CancellationToken cancel)
    {
        using var writer = new HistoryWriter(HistorySchema.Open(Path.Combine(_staged, HistoryFile), isWriter: true), clock);
        await writer.RunAsync(w => w.Restore([], content.Names()), 1, cancel);
        foreach (var some in content.Histories().Chunk(Portion))
        {
            await writer.RunAsync(w => some.All(h => w.Restore(h.Tenant, h.Entity, h.Series)), 1, cancel);
            foreach (var history in some) shown.History(history.Series.Count);
        }
        List<SeriesPoints> points = [];
        var (count, last) = (0, 0L);
        foreach (var portion in content.Points())
        {
            if (portion.Series != last) shown.Series();
            last = portion.Series;
            points.Add(portion);
            if ((count += portion.Points.Count) >= PointPortion) await PutAsync();
        }
        await PutAsync();
        foreach (var (tenant, type, lifetime) in content.Lifetimes()) await writer.RunAsync(w => w.SetLifetime(tenant, type, lifetime), 1, cancel);
        await writer.RunAsync(w => w.Restore(content.ChangedAt(), []), 1, cancel);
        foreach (var some in content.Untold().Chunk(Portion))
            await writer.RunAsync(w =>
            {
                foreach (var change in some) w.Add(ChangePoints.Of(change.Read()));
                return true;
            }, some.Length, cancel);
        await writer.RunAsync(w =>
        {
            w.Advance(content.LastChange);
            return true;
        }, 1, cancel);

        async Task PutAsync()
        {
            await writer.RunAsync(w => points.All(p => w.Restore(p.Series, p.Points)), count, cancel);
            points.Clear();
            count = 0;
        }
    }

    private void Remove()
    {
        foreach (var name in (string[])[Store, HistoryFile])
            foreach (var end in (string[])["", "-wal", "-shm"]) File.Delete(Path.Combine(_folder, name + end));
        File.Delete(Path.Combine(_folder, NameFile));
        if (Path.ChangeExtension(Path.Combine(_folder, Store), "log") is var log && Directory.Exists(log)) Directory.Delete(log, recursive: true);
    }

    private void RemoveStaged()
    {
        if (Directory.Exists(_staged)) Directory.Delete(_staged, recursive: true);
    }
}
