using System.Globalization;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Microsoft.Win32.SafeHandles;

namespace Michi.CityOs.Backups;

/// <summary>What the embedded databases of a data folder hold, also while another program serves it.</summary>
/// <remarks>
/// Log first, then history, then tables, then log again: all that was acknowledged when this began is in one of the tables or the log, and what comes in between is
/// in the part of the log read last. Files of the log stay open, so what is deleted meanwhile can be read to the end. What the log has and the tables do not,
/// is bounded by what a server keeps in memory of it.
/// </remarks>
internal sealed class SqliteContent : ICityContent
{
    private const int MostTries = 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly string _log;
    private readonly Statements _tables;
    private readonly HistoryReader? _history;
    private readonly SortedList<long, SafeFileHandle> _files = [];

    /// <summary>Entities as the log has them, where the tables do not have it all yet; null bodies for those that are no more.</summary>
    private readonly SortedDictionary<long, (string Tenant, string Id, byte[]? Body)> _changed = [];
    private readonly HashSet<string> _tenants = new(StringComparer.Ordinal);
    private long _historyHas;

    private SqliteContent(string folder)
    {
        var path = Path.Combine(folder, "city-os.db");
        _log = Path.ChangeExtension(path, "log");
        _tables = new(SqliteSchema.Open(path, isWriter: false));
        var history = Path.Combine(folder, "city-history.db");
        if (File.Exists(history)) _history = new(history);
        Broker = SourceIdentity.NameIn(folder);
    }

    public string Broker { get; }

    public long LastChange { get; private set; }

    public long EntityCount => Prepare("SELECT count(*) FROM entity").First(r => r.Long(0));

    public IReadOnlyCollection<string> Tenants => _tenants;

    /// <summary>Takes hold of what a data folder holds at this moment; null where it holds nothing of the City OS.</summary>
    /// <exception cref="InvalidDataException">The log is damaged, or the tables are those of another version.</exception>
    public static SqliteContent? Open(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "city-os.db"))) return null;
        if (Path.Combine(folder, "city-history.db") is var history && File.Exists(history) && !HistorySchema.IsCurrent(history))
            throw new InvalidDataException($"{history} was written by another version of Michi. Start this version once, then try again.");
        for (var tries = 1; ; tries++)
        {
            var content = new SqliteContent(folder);
            try
            {
                if (content.Prepare("PRAGMA user_version").First(r => r.Long(0)) is not SqliteSchema.Version and var version)
                {
                    content.Dispose();
                    // Another program is just making them.
                    return version == 0 ? null : throw new InvalidDataException($"{Path.Combine(folder, "city-os.db")} was written by another version of Michi (tables {version}, here {SqliteSchema.Version}).");
                }
                if (content.TryHold()) return content;
            }
            // What looks like damage may be a frame that was just being written: looked at again.
            catch (InvalidDataException) when (tries < MostTries && content._files.Count > 0)
            {
            }
            catch
            {
                content.Dispose();
                throw;
            }
            content.Dispose();
            if (tries == MostTries) throw new InvalidDataException($"{content._log} does not go on from where {Path.Combine(folder, "city-os.db")} ends: it is damaged, or not of one time with it.");
            Thread.Sleep(RetryAfter);
        }
    }

    public IEnumerable<string> Names() => _history?.Names() ?? [];

    public IEnumerable<KeptDocument> Documents() =>
        Follow("SELECT d.kind, t.name, d.id, d.body FROM document d JOIN tenant t ON t.id = d.tenant ORDER BY d.sequence", r => new KeptDocument((DocumentKind)r.Long(0), r.Text(1), r.Text(2), r.Bytes(3)));

    public IEnumerable<KeptEntity> Entities()
    {
        using var changed = _changed.GetEnumerator();
        var hasChanged = changed.MoveNext();
        foreach (var entity in Follow("SELECT e.key, t.name, e.id, e.body FROM entity e JOIN tenant t ON t.id = e.tenant ORDER BY e.key", r => new KeptEntity(r.Long(0), r.Text(1), r.Text(2), r.Bytes(3))))
        {
            var isOld = false;
            for (; hasChanged && changed.Current.Key <= entity.Key; hasChanged = changed.MoveNext())
            {
                isOld |= changed.Current.Key == entity.Key;
                if (changed.Current.Value is (var tenant, var id, { } body)) yield return new(changed.Current.Key, tenant, id, body);
            }
            if (!isOld) yield return entity;
        }
        for (; hasChanged; hasChanged = changed.MoveNext())
            if (changed.Current.Value is (var tenant, var id, { } body)) yield return new(changed.Current.Key, tenant, id, body);
    }

    public IEnumerable<KeptHistory> Histories() =>
        InHistory((history, tenant) => history.Entities(tenant, null, null).Select(e => new KeptHistory(tenant, e, history.SeriesOf(e.Key))));

    public IEnumerable<SeriesPoints> Points() =>
        InHistory((history, tenant) => history.Entities(tenant, null, null).SelectMany(e => history.SeriesOf(e.Key)).SelectMany(s => SeriesPoints.Of(s.Key, history.Points(s, long.MinValue, long.MaxValue))));

    public IEnumerable<KeptLifetime> Lifetimes() => InHistory((history, tenant) => history.Lifetimes(tenant).Select(l => new KeptLifetime(tenant, l.Type, l.Lifetime)));

    public IEnumerable<(string Tenant, long At)> ChangedAt() =>
        InHistory((history, tenant) => history.ChangedAt(tenant) is { } at ? [(tenant, EntityCodec.Microseconds(at))] : Array.Empty<(string, long)>());

    public IEnumerable<LoggedChange> Untold()
    {
        if (_historyHas >= LastChange) yield break;
        foreach (var change in _files.Values.SelectMany(ChangeLog.Read))
        {
            if (change.Sequence > _historyHas) yield return change;
            // What comes after may be just being written.
            if (change.Sequence == LastChange) yield break;
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Values) file.Dispose();
        _history?.Dispose();
        _tables.Dispose();
    }

    /// <summary>Takes one snapshot after the other; false where the server went on so fast that the log does not join them.</summary>
    private bool TryHold()
    {
        if (!TryOpenFiles()) return false;
        var inHistory = _history?.Hold() ?? 0;
        Prepare("BEGIN").Run();
        var inTables = Prepare("SELECT sequence FROM progress").First(r => r.Long(0));
        if (!TryOpenFiles()) return false;
        // Up to here the log may have been deleted. Without a reader the history begins with what comes next.
        var told = Prepare("SELECT position FROM change_reader WHERE name = 'history'").First(r => (long?)r.Long(0)) ?? long.MaxValue;
        var last = Math.Min(inTables, told);
        foreach (var change in _files.Values.SelectMany(ChangeLog.Read))
        {
            if (change.Sequence <= last) continue;
            if (change.Sequence != last + 1) return false;
            last = change.Sequence;
            if (last > inTables) _changed[change.Key] = (change.Tenant, change.Id, change.After);
        }
        if (last < inTables) return false;
        LastChange = last;
        // As the history itself goes on: after its own note or the store's, whichever is later, unless its own is that of another store.
        _historyHas = told == long.MaxValue ? last : inHistory > last ? told : Math.Max(told, inHistory);
        _tenants.UnionWith(Prepare("SELECT name FROM tenant").All(r => r.Text(0)));
        _tenants.UnionWith(_changed.Values.Select(c => c.Tenant));
        _tenants.Remove("");
        return true;
    }

    /// <summary>Opens the files of the log that are not open yet; false where one was deleted in between.</summary>
    private bool TryOpenFiles()
    {
        if (!Directory.Exists(_log)) return true;
        foreach (var path in Directory.EnumerateFiles(_log, "*.log").ToList())
        {
            if (!long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first) || _files.ContainsKey(first)) continue;
            try
            {
                _files[first] = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (FileNotFoundException)
            {
                return false;
            }
        }
        return true;
    }

    private IEnumerable<T> InHistory<T>(Func<HistoryReader, string, IEnumerable<T>> read) => _history is null ? [] : _tenants.Prepend("").SelectMany(t => read(_history, t));

    private IEnumerable<T> Follow<T>(string sql, Func<Statement, T> read)
    {
        using var rows = _tables.Own(sql);
        while (rows.Step()) yield return read(rows);
    }

    private Statement Prepare(string sql) => _tables.Prepare(sql);
}
