using System.Globalization;
using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Storage;
using Microsoft.Data.Sqlite;

namespace Michi.CityOs.Backups;

/// <summary>The tables of a backup that hold the City OS: the same whatever store they come from or go to.</summary>
internal sealed class BackupFile : ICityContent
{
    /// <summary>Raised with every change of the tables or of what is in them. From the first release on, what is older must still be read.</summary>
    public const int Version = 2;

    /// <summary>Beginning of the names of all tables.</summary>
    public const string Prefix = "city_";

    /// <summary>
    /// Tenants and names are numbered: 1 is the default tenant, name 0 none. Bodies of entities are the bytes of <see cref="EntityCodec"/>, points those of
    /// <see cref="PointsCodec"/>, kinds of documents the names of <see cref="DocumentKind"/>, types a JSON array of numbers of names, series one of [key, name,
    /// dataset]. Times are microseconds since 1970. No table is without rowid: the seal of the backup goes through them in that order.
    /// </summary>
    private const string Tables = """
        CREATE TABLE city_about (name TEXT NOT NULL, value TEXT NOT NULL);
        CREATE TABLE city_tenant (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE city_name (id INTEGER PRIMARY KEY, iri TEXT NOT NULL);
        CREATE TABLE city_document (kind TEXT NOT NULL, tenant INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL);
        CREATE TABLE city_entity (key INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL);
        CREATE TABLE city_history_entity (key INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id TEXT NOT NULL, types TEXT NOT NULL, series TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, deleted INTEGER);
        CREATE TABLE city_history_points (series INTEGER NOT NULL, points BLOB NOT NULL);
        CREATE TABLE city_history_lifetime (tenant INTEGER NOT NULL, type INTEGER NOT NULL, days INTEGER, detail INTEGER, period INTEGER NOT NULL);
        CREATE TABLE city_history_changed (tenant INTEGER NOT NULL, at INTEGER NOT NULL);
        CREATE TABLE city_change (sequence INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, before BLOB, after BLOB);
        """;

    private readonly Statements _statements;
    private readonly Dictionary<long, string> _tenants = [], _names = [];

    private BackupFile(SqliteConnection connection)
    {
        _statements = new(connection);
        Broker = About("broker");
        LastChange = long.Parse(About("sequence"), CultureInfo.InvariantCulture);
        EntityCount = Prepare("SELECT count(*) FROM city_entity").First(r => r.Long(0));
        foreach (var (id, name) in Prepare("SELECT id, name FROM city_tenant").All(r => (r.Long(0), r.Text(1)))) _tenants[id] = name;
        foreach (var (id, iri) in Prepare("SELECT id, iri FROM city_name ORDER BY id").All(r => (r.Long(0), r.Text(1)))) _names[id] = iri;
    }

    public string Broker { get; }

    public long LastChange { get; }

    public long EntityCount { get; }

    public IReadOnlyCollection<string> Tenants => [.. _tenants.Values.Where(t => t.Length > 0)];

    /// <summary>Opens a backup whose seal was checked; null where it holds nothing of the City OS.</summary>
    /// <exception cref="InvalidDataException">Another version made it.</exception>
    public static BackupFile? Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using (var there = new Statement(connection.Handle!, "SELECT count(*) FROM sqlite_schema WHERE name = 'city_about'"))
            {
                if (there.First(r => r.Long(0)) == 0)
                {
                    connection.Dispose();
                    return null;
                }
            }
            using (var version = new Statement(connection.Handle!, "SELECT value FROM city_about WHERE name = 'version'"))
            {
                if (int.Parse(version.First(r => r.Text(0))!, CultureInfo.InvariantCulture) is not Version and var other)
                    throw new InvalidDataException($"The backup was made by {(other > Version ? "a later" : "an earlier")} version of Michi, with another form of the City OS. Restore it with that version.");
            }
            return new(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Adds the tables to a file, which is made where it is not there. What was begun and not ended leaves a file of no use.</summary>
    /// <returns>Rows by table.</returns>
    public static SortedDictionary<string, long> Write(string path, ICityContent content, IProgress<double> progress, CancellationToken cancel)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        SqliteSchema.Execute(connection, "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;");
        using var writer = new Writer(new(connection), cancel);
        SqliteSchema.Execute(connection, $"BEGIN; {Tables}");
        writer.Write(content, progress);
        SqliteSchema.Execute(connection, "COMMIT");
        return writer.Rows;
    }

    public IEnumerable<string> Names() => _names.OrderBy(n => n.Key).Select(n => n.Value);

    public IEnumerable<KeptDocument> Documents() =>
        Follow("SELECT kind, tenant, id, body FROM city_document ORDER BY rowid", r => new KeptDocument(Enum.Parse<DocumentKind>(r.Text(0)), _tenants[r.Long(1)], r.Text(2), r.Bytes(3)));

    public IEnumerable<KeptEntity> Entities() => Follow("SELECT key, tenant, id, body FROM city_entity ORDER BY key", r => new KeptEntity(r.Long(0), _tenants[r.Long(1)], r.Text(2), r.Bytes(3)));

    public IEnumerable<KeptHistory> Histories() =>
        Follow("SELECT key, tenant, id, types, series, created, modified, deleted FROM city_history_entity ORDER BY key", r => new KeptHistory(
            _tenants[r.Long(1)],
            new(r.Long(0), r.Text(2), [.. Numbers<long[]>(r.Text(3)).Select(t => _names[t])], EntityCodec.Time(r.Long(5)), EntityCodec.Time(r.Long(6)), r.IsNull(7) ? null : EntityCodec.Time(r.Long(7))),
            [.. Numbers<long[][]>(r.Text(4)).Select(s => new HistorySeries(r.Long(0), s[0], _names[s[1]], s[2] == 0 ? null : _names[s[2]]))]));

    public IEnumerable<SeriesPoints> Points() => Follow("SELECT series, points FROM city_history_points ORDER BY rowid", r => new SeriesPoints(r.Long(0), PointsCodec.Read(r.Bytes(1))));

    public IEnumerable<KeptLifetime> Lifetimes() =>
        Follow("SELECT tenant, type, days, detail, period FROM city_history_lifetime ORDER BY rowid", r => new KeptLifetime(
            _tenants[r.Long(0)], r.Long(1) == 0 ? null : _names[r.Long(1)], new(r.IsNull(2) ? null : (int)r.Long(2), r.IsNull(3) ? null : (int)r.Long(3), (int)r.Long(4))));

    public IEnumerable<(string Tenant, long At)> ChangedAt() => Follow("SELECT tenant, at FROM city_history_changed ORDER BY rowid", r => (_tenants[r.Long(0)], r.Long(1)));

    public IEnumerable<LoggedChange> Untold() =>
        Follow("SELECT sequence, tenant, id, at, before, after FROM city_change ORDER BY sequence", r => new LoggedChange(
            r.Long(0), 0, _tenants[r.Long(1)], r.Text(2), EntityCodec.Time(r.Long(3)), r.IsNull(4) ? null : r.Bytes(4), r.IsNull(5) ? null : r.Bytes(5)));

    public void Dispose() => _statements.Dispose();

    private string About(string name) => Prepare("SELECT value FROM city_about WHERE name = ?1").Bind(1, name).First(r => r.Text(0))!;

    private static T Numbers<T>(string json) => JsonSerializer.Deserialize<T>(json)!;

    private IEnumerable<T> Follow<T>(string sql, Func<Statement, T> read)
    {
        using var rows = _statements.Own(sql);
        while (rows.Step()) yield return read(rows);
    }

    private Statement Prepare(string sql) => _statements.Prepare(sql);

    /// <summary>Fills the tables, part after part.</summary>
    private sealed class Writer(Statements statements, CancellationToken cancel) : IDisposable
    {
        private readonly Dictionary<string, long> _tenants = new(StringComparer.Ordinal), _names = new(StringComparer.Ordinal);

        public SortedDictionary<string, long> Rows { get; } = new(StringComparer.Ordinal);

        public void Write(ICityContent content, IProgress<double> progress)
        {
            foreach (var (name, value) in ((string, string)[])[("version", Text(Version)), ("broker", content.Broker), ("sequence", Text(content.LastChange))])
                Add("city_about", "INSERT INTO city_about (name, value) VALUES (?1, ?2)", s => s.Bind(1, name).Bind(2, value));
            foreach (var tenant in content.Tenants.Order(StringComparer.Ordinal).Prepend("")) Tenant(tenant);
            foreach (var name in content.Names()) Name(name);
            foreach (var document in content.Documents())
                Add("city_document", "INSERT INTO city_document (kind, tenant, id, body) VALUES (?1, ?2, ?3, ?4)", s => s.Bind(1, document.Kind.ToString()).Bind(2, Tenant(document.Tenant)).Bind(3, document.Id).Bind(4, document.Body));
            var shown = new Shares(progress, content.EntityCount);
            foreach (var entity in content.Entities())
            {
                Add("city_entity", "INSERT INTO city_entity (key, tenant, id, body) VALUES (?1, ?2, ?3, ?4)", s => s.Bind(1, entity.Key).Bind(2, Tenant(entity.Tenant)).Bind(3, entity.Id).Bind(4, entity.Body));
                shown.Entity();
            }
            foreach (var history in content.Histories())
            {
                Add(history);
                shown.History(history.Series.Count);
            }
            var last = 0L;
            foreach (var (series, points) in content.Points())
            {
                Add("city_history_points", "INSERT INTO city_history_points (series, points) VALUES (?1, ?2)", s => s.Bind(1, series).Bind(2, PointsCodec.Write(points)));
                if (series != last) shown.Series();
                last = series;
            }
            foreach (var (tenant, type, lifetime) in content.Lifetimes())
                Add("city_history_lifetime", "INSERT INTO city_history_lifetime (tenant, type, days, detail, period) VALUES (?1, ?2, ?3, ?4, ?5)", s => s
                    .Bind(1, Tenant(tenant)).Bind(2, type is null ? 0 : Name(type)).Bind(3, (long?)lifetime.Days).Bind(4, (long?)lifetime.DetailDays).Bind(5, lifetime.PeriodSeconds));
            foreach (var (tenant, at) in content.ChangedAt()) Add("city_history_changed", "INSERT INTO city_history_changed (tenant, at) VALUES (?1, ?2)", s => s.Bind(1, Tenant(tenant)).Bind(2, at));
            foreach (var change in content.Untold())
                Add("city_change", "INSERT INTO city_change (sequence, tenant, id, at, before, after) VALUES (?1, ?2, ?3, ?4, nullif(?5, x''), nullif(?6, x''))", s => s
                    .Bind(1, change.Sequence).Bind(2, Tenant(change.Tenant)).Bind(3, change.Id).Bind(4, EntityCodec.Microseconds(change.At)).Bind(5, change.Before ?? []).Bind(6, change.After ?? []));
            progress.Report(1);
        }

        public void Dispose() => statements.Dispose();

        private void Add(KeptHistory history)
        {
            var entity = history.Entity;
            var types = JsonSerializer.Serialize(entity.Types.Select(Name));
            var series = JsonSerializer.Serialize(history.Series.Select(s => (long[])[s.Key, Name(s.Name), s.DatasetId is null ? 0 : Name(s.DatasetId)]));
            Add("city_history_entity", "INSERT INTO city_history_entity (key, tenant, id, types, series, created, modified, deleted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", s => s
                .Bind(1, entity.Key).Bind(2, Tenant(history.Tenant)).Bind(3, entity.Id).Bind(4, types).Bind(5, series)
                .Bind(6, EntityCodec.Microseconds(entity.CreatedAt)).Bind(7, EntityCodec.Microseconds(entity.ModifiedAt)).Bind(8, entity.DeletedAt is { } deleted ? EntityCodec.Microseconds(deleted) : (long?)null));
        }

        private void Add(string table, string sql, Func<Statement, Statement> bind)
        {
            cancel.ThrowIfCancellationRequested();
            bind(statements.Prepare(sql)).Run();
            Rows[table] = Rows.GetValueOrDefault(table) + 1;
        }

        private long Tenant(string name) => Number(_tenants, name, "city_tenant", "INSERT INTO city_tenant (id, name) VALUES (?1, ?2)");

        private long Name(string iri) => Number(_names, iri, "city_name", "INSERT INTO city_name (id, iri) VALUES (?1, ?2)");

        private long Number(Dictionary<string, long> numbers, string text, string table, string sql)
        {
            if (numbers.TryGetValue(text, out var known)) return known;
            var number = numbers.Count + 1L;
            Add(table, sql, s => s.Bind(1, number).Bind(2, text));
            return numbers[text] = number;
        }

        private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
