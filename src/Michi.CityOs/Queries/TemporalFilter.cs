using Michi.CityOs.Entities;

namespace Michi.CityOs.Queries;

/// <summary>Which of its times an attribute is judged by, clause 4.8.</summary>
internal enum TimeProperty
{
    ObservedAt,
    CreatedAt,
    ModifiedAt,
    DeletedAt,
}

/// <summary>The times wanted, clause 4.11, as a half-open interval.</summary>
/// <param name="From">Included; null for no bound.</param>
/// <param name="Until">Not included; null for no bound.</param>
internal sealed record TemporalFilter(TimeProperty Property, DateTimeOffset? From, DateTimeOffset? Until)
{
    public static TemporalFilter Parse(string? timerel, string? timeAt, string? endTimeAt, string? timeproperty)
    {
        if (timerel is not ("before" or "after" or "between"))
            throw NgsiLdException.BadRequestData(timerel is null ? "timeAt needs timerel: before, after or between." : $"timerel is {timerel}; expected before, after or between.");
        var at = Time(timeAt, "timeAt", timerel);
        var property = ParseProperty(timeproperty);
        if (timerel == "between") return new(property, at, Time(endTimeAt, "endTimeAt", timerel));
        if (endTimeAt is not null) throw NgsiLdException.BadRequestData($"endTimeAt goes with timerel between, not with {timerel}.");
        return timerel == "before" ? new(property, null, at) : new(property, at, null);
    }

    public static TimeProperty ParseProperty(string? timeproperty) => timeproperty switch
    {
        null or "observedAt" => TimeProperty.ObservedAt,
        "createdAt" => TimeProperty.CreatedAt,
        "modifiedAt" => TimeProperty.ModifiedAt,
        "deletedAt" => TimeProperty.DeletedAt,
        _ => throw NgsiLdException.BadRequestData($"timeproperty is {timeproperty}; expected observedAt, createdAt, modifiedAt or deletedAt."),
    };

    public bool Matches(DateTimeOffset time) => !(time < From) && !(time >= Until);

    private static DateTimeOffset Time(string? text, string parameter, string timerel) =>
        EntityReader.Time(text) ?? throw NgsiLdException.BadRequestData($"{parameter} {(text is null ? $"is needed with timerel {timerel}" : $"is {text}, which is not a time in UTC")}: expected 2026-01-31T09:00:00Z.");
}
