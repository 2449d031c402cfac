using System.Globalization;
using Michi.CityOs.Browse;
using Michi.CityOs.Storage;
using Michi.Platform.Audit;
using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.CityOs.History;

/// <summary>What a form says of how long values of a type are kept, as it was typed.</summary>
/// <param name="Type">Short name, or in full; empty for all types that have no lifetime of their own.</param>
/// <param name="Days">Until they are deleted; empty for never.</param>
/// <param name="Detail">Days until only means are left; empty for never.</param>
/// <param name="Period">Seconds each mean is over.</param>
/// <param name="IsSure">Whether it is understood that values are deleted.</param>
internal sealed record LifetimeInput(string? Type, string? Days, string? Detail, int Period, bool IsSure);

/// <summary>What became of taking a rule away.</summary>
internal enum LifetimeRemoval
{
    Done,
    NoRule,

    /// <summary>It was not confirmed that values are deleted.</summary>
    NotSure,
}

/// <summary>How long the values of a tenant are kept, type by type, and the form that sets it.</summary>
internal sealed class LifetimeSheet
{
    /// <summary>Length of a period in seconds where none is told.</summary>
    public const int Usual = 3_600;

    private const int MostDays = 36_500;

    /// <summary>Lengths of periods to choose from in seconds, parts of a day.</summary>
    public static readonly int[] Periods = [60, 300, 900, Usual, 21_600, 86_400];

    private readonly IHistory _history;
    private readonly string _tenant;

    private LifetimeSheet(IHistory history, string tenant, IReadOnlyList<Row> rows) => (_history, _tenant, Rows) = (history, tenant, rows);

    /// <summary>A type and how long its values are kept.</summary>
    /// <param name="Type">Expanded; null for all that have no lifetime of their own.</param>
    /// <param name="Own">Null where there is none.</param>
    public sealed record Row(string? Type, Lifetime? Own)
    {
        /// <summary>As forms and addresses tell it.</summary>
        public string Key => Type is null ? "" : CityOsPage.Compact(Type);
    }

    /// <summary>All types together first, then the others by name.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>What the form shows.</summary>
    public LifetimeInput Input { get; private set; } = new("", "", "", Usual, false);

    /// <summary>The row the form is about.</summary>
    public Row Chosen => Find(Input.Type) ?? Rows[0];

    public static async Task<LifetimeSheet> ReadAsync(ICityStore store, IHistory history, string tenant, string? type, CancellationToken cancel)
    {
        var kept = await history.ReadAsync(r => r.Lifetimes(tenant), cancel);
        var types = (await store.CountAsync(tenant, cancel)).Select(c => c.Type).Concat(kept.Select(k => k.Type).OfType<string>()).Distinct()
            .OrderBy(EntityText.Name, StringComparer.OrdinalIgnoreCase).ThenBy(t => t, StringComparer.Ordinal);
        var sheet = new LifetimeSheet(history, tenant, [.. types.Prepend(null).Select(t => new Row(t, kept.Where(k => k.Type == t).Select(k => (Lifetime?)k.Lifetime).FirstOrDefault()))]);
        if ((sheet.Find(type) ?? sheet.Rows[0]) is var row) sheet.Input = new(row.Key, Text(row.Own?.Days), Text(row.Own?.DetailDays), row.Own?.PeriodSeconds ?? Usual, false);
        return sheet;

        static string Text(int? days) => days?.ToString(CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>How long values are kept at all.</summary>
    public static string Kept(Words t, Lifetime? lifetime) => lifetime?.Days is { } days ? t.Count("lifetime.days", days) : t["lifetime.for-ever"];

    /// <summary>How long single values are kept, and what stands in their place then.</summary>
    public static string Detail(Words t, Lifetime? lifetime) =>
        lifetime is { DetailDays: { } days } ? t["lifetime.then", t.Count("lifetime.days", days), Period(t, lifetime.Value.PeriodSeconds)] : t["lifetime.as-long"];

    public static string Period(Words t, int seconds) => t.Find($"lifetime.period-{seconds}") ?? t["lifetime.period", seconds];

    public Table Table(Words t) => new(
        t["lifetime.title"],
        [new(t["lifetime.type"]), new(t["city-os.name-in-full"]), new(t["lifetime.kept"]), new(t["lifetime.detail"]), new(t["lifetime.mean-over"])],
        Rows.Select(r => (IReadOnlyList<TableCell>)[r.Type is null ? t["lifetime.others"] : EntityText.Name(r.Type), r.Type, r.Own?.Days, r.Own?.DetailDays, r.Own?.DetailDays is null ? (int?)null : r.Own.Value.PeriodSeconds]))
    {
        FrozenColumns = 1,
    };

    /// <summary>Sets how long values of a type are kept.</summary>
    /// <returns>What is wrong, by field; none where it is done.</returns>
    public async Task<List<(string Field, string Message)>> SetAsync(LifetimeInput input, Words t, AuditTrail audit, Guid? place, CancellationToken cancel)
    {
        Input = input with { Type = input.Type ?? "" };
        List<(string, string)> faults = [];
        if (Find(Input.Type) is not { } row) return [("type", t["lifetime.no-type"])];
        var days = Read(input.Days, "days");
        var detail = Read(input.Detail, "detail");
        if (!Periods.Contains(input.Period)) faults.Add(("period", t["lifetime.no-period"]));
        // For all other types that says what is so without a rule.
        if (faults.Count == 0 && row.Type is null && (days ?? detail) is null) faults.Add(("days", t["lifetime.nothing"]));
        if (faults.Count == 0 && detail >= days) faults.Add(("detail", t["lifetime.too-long"]));
        if (faults.Count == 0 && (days ?? detail) is not null && !input.IsSure) faults.Add(("sure", t["lifetime.not-sure"]));
        if (faults.Count > 0) return faults;
        await audit.RecordAsync("history.set-lifetime", place, string.Create(CultureInfo.InvariantCulture, $"{(row.Type is null ? "*" : row.Key)} {Said(days)} {Said(detail)} {input.Period} s"), cancel);
        await _history.WriteAsync(w => w.SetLifetime(_tenant, row.Type, new(days, detail, input.Period)), cancel);
        return faults;

        int? Read(string? text, string field)
        {
            if (string.IsNullOrWhiteSpace(text)) return null;
            if (int.TryParse(text.Trim().Normalize(System.Text.NormalizationForm.FormKC), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostDays) return number;
            faults.Add((field, t["lifetime.not-days", MostDays]));
            return null;
        }

        static string Said(int? days) => days is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number} d") : "∞";
    }

    /// <summary>Whether a type falls under the rule of all others once its own is gone, and may lose values by that.</summary>
    public bool FallsUnderOthers(Row row) => row.Type is not null && Rows[0].Own is not null;

    /// <summary>Takes the lifetime of a type away.</summary>
    /// <param name="isSure">Whether it is understood that values are deleted.</param>
    public async Task<LifetimeRemoval> RemoveAsync(string? type, bool isSure, AuditTrail audit, Guid? place, CancellationToken cancel)
    {
        if (Find(type) is not { Own: not null } row) return LifetimeRemoval.NoRule;
        if (FallsUnderOthers(row) && !isSure) return LifetimeRemoval.NotSure;
        await audit.RecordAsync("history.remove-lifetime", place, row.Type is null ? "*" : row.Key, cancel);
        await _history.WriteAsync(w => w.SetLifetime(_tenant, row.Type, null), cancel);
        return LifetimeRemoval.Done;
    }

    private Row? Find(string? type) => Rows.FirstOrDefault(r => r.Key == (type ?? "") || (r.Type is not null && r.Type == type));
}
