using System.Globalization;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Audit;

/// <summary>Which lines of the audit log somebody asks for; empty = all.</summary>
/// <param name="Place">Slug.</param>
/// <param name="Person">Part of the name.</param>
/// <param name="Action">How the action begins: <c>evidence</c>, <c>account.sign-in</c>.</param>
/// <param name="From">First day (UTC), <c>2026-11-22</c>.</param>
/// <param name="To">Last day (UTC), included.</param>
internal sealed record AuditFilter(string? Place, string? Person, string? Action, string? From, string? To)
{
    /// <summary>The filter as the query of an address.</summary>
    public string Query => string.Join('&', new[] { ("place", Place), ("person", Person), ("action", Action), ("from", From), ("to", To) }
        .Where(p => !string.IsNullOrEmpty(p.Item2)).Select(p => $"{p.Item1}={Uri.EscapeDataString(p.Item2!)}"));
}

/// <summary>A page of the audit log, the newest line first.</summary>
/// <param name="Places">The places the lines tell of.</param>
/// <param name="Next">Id of the last line shown where there are more.</param>
internal sealed record AuditView(IReadOnlyList<AuditEntry> Lines, IReadOnlyDictionary<Guid, Place> Places, AuditFilter Filter, long? Next);

/// <summary>A page that shows the audit log (<c>_AuditLog.cshtml</c>).</summary>
internal interface IAuditPage
{
    AuditView Log { get; }

    /// <summary>Address of the page, without query.</summary>
    string Address { get; }
}

/// <summary>Reads the audit log.</summary>
internal sealed class AuditLog(PlatformDb db)
{
    private const int PageSize = 100;

    /// <param name="only">Where given, only lines about this place.</param>
    /// <param name="before">Where given, only lines older than the one with this id.</param>
    public async Task<(AuditView View, IReadOnlyList<Fault> Faults)> ViewAsync(AuditFilter filter, Place? only, long? before, CancellationToken cancel)
    {
        var (selected, faults) = await SelectAsync(filter, only, cancel);
        var lines = faults.Count > 0 ? [] : await selected.Where(e => before == null || e.Id < before).OrderByDescending(e => e.Id).Take(PageSize + 1).ToListAsync(cancel);
        var shown = lines.Take(PageSize).ToList();
        var ids = shown.Select(e => e.PlaceId).OfType<Guid>().ToHashSet();
        var places = await db.Places.AsNoTracking().Where(p => ids.Contains(p.Id)).ToDictionaryAsync(p => p.Id, cancel);
        return (new(shown, places, filter, lines.Count > PageSize ? shown[^1].Id : null), faults);
    }

    /// <summary>The lines a filter asks for, in no order, or what is wrong with the filter.</summary>
    public async Task<(IQueryable<AuditEntry> Lines, IReadOnlyList<Fault> Faults)> SelectAsync(AuditFilter filter, Place? only, CancellationToken cancel)
    {
        var check = new InputCheck();
        var (from, to) = (Date("from", filter.From), Date("to", filter.To)?.AddDays(1));
        var place = only?.Id;
        if (only is null && !string.IsNullOrEmpty(filter.Place))
        {
            place = await db.Places.Where(p => p.Slug == filter.Place).Select(p => (Guid?)p.Id).FirstOrDefaultAsync(cancel);
            if (place is null) check.Refuse("place", "unknown-place", filter.Place);
        }
        var (person, action) = (check.Line("person", filter.Person, 100, required: false).ToLowerInvariant(), check.Line("action", filter.Action, 100, required: false));
        var lines = db.Audit.AsNoTracking();
        if (place is not null) lines = lines.Where(e => e.PlaceId == place);
#pragma warning disable CA1304, CA1311, CA1862 // The database compares.
        if (person.Length > 0) lines = lines.Where(e => e.Actor.ToLower().Contains(person));
#pragma warning restore CA1304, CA1311, CA1862
        if (action.Length > 0) lines = lines.Where(e => e.Action.StartsWith(action));
        if (from is { } start) lines = lines.Where(e => e.At >= start);
        if (to is { } end) lines = lines.Where(e => e.At < end);
        return (lines, check.Faults);

        DateTimeOffset? Date(string field, string? text)
        {
            if (string.IsNullOrEmpty(text)) return null;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue)
                return new(day, TimeOnly.MinValue, TimeSpan.Zero);
            check.Refuse(field, "date", text);
            return null;
        }
    }
}
