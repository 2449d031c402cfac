using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Temporal;

/// <summary>How the evolution of entities is told, clause 6.3.12.</summary>
internal enum EvolutionFormat
{
    Normalized,
    Concise,

    /// <summary>Pairs of value and time, clause 4.5.9.</summary>
    TemporalValues,

    /// <summary>Values put together by periods, clause 4.5.19.</summary>
    AggregatedValues,
}

/// <summary>What of the evolution of entities is asked for, by parameters or by a document (clauses 5.2.21, 5.2.23, 5.2.44).</summary>
internal sealed record EvolutionRequest
{
    public static readonly string[] Parameters =
    [
        "attrs", "pick", "omit", "options", "format", "lang", "datasetId", "timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration", "local", "type", "via", "entityMap", "entityMapLifetime",
    ];

    private const int MostLast = 1_000_000;

    private static readonly (string Name, AggregationMethods Method)[] Methods =
    [
        ("totalCount", AggregationMethods.TotalCount), ("distinctCount", AggregationMethods.DistinctCount), ("sum", AggregationMethods.Sum), ("avg", AggregationMethods.Avg),
        ("min", AggregationMethods.Min), ("max", AggregationMethods.Max), ("stddev", AggregationMethods.StdDev), ("sumsq", AggregationMethods.SumSq),
    ];

    public required EvolutionFormat Format { get; init; }

    public required Representation Told { get; init; }

    /// <summary>The times asked for; null where none are.</summary>
    public TemporalFilter? Times { get; init; }

    /// <summary>The time instances are judged and ordered by; null where the request says nothing of times.</summary>
    public TimeProperty? Property { get; init; }

    /// <summary>How many of the last instances of each attribute are asked for; null for all.</summary>
    public int? Last { get; init; }

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<(string Name, AggregationMethods Method)> Aggregations { get; init; } = [];

    public Period Period { get; init; }

    public AggregationMethods AllMethods => Aggregations.Aggregate(AggregationMethods.None, (all, m) => all | m.Method);

    public static EvolutionRequest Read(NgsiLdCall call)
    {
        var (format, hasSysAttrs) = FormatOf(call);
        var last = call.Parameter("lastN") is null ? (int?)null : call.Number("lastN", 1, 1, MostLast);
        return Read(
            call, format, hasSysAttrs, call.Parameter, last, call.Parameter("attrs"), call.Parameter("pick"), call.Parameter("omit"),
            call.Parameter("lang"), call.Parameter("datasetId"), call.Parameter("aggrMethods"), call.Parameter("aggrPeriodDuration"));
    }

    /// <summary>Of a query sent as a document.</summary>
    public static EvolutionRequest Read(NgsiLdCall call, JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected a Query, a JSON object.");
        var (format, hasSysAttrs) = FormatOf(call);
        var times = body.TryGetProperty("temporalQ", out var told) && told.ValueKind == JsonValueKind.Object ? told : throw NgsiLdException.BadRequestData("temporalQ is needed: a TemporalQuery with timerel and timeAt.");
        int? last = null;
        if (times.TryGetProperty("lastN", out var number))
            last = number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var count) && count is > 0 and <= MostLast ? count : throw NgsiLdException.BadRequestData("temporalQ.lastN is not a positive whole number.");
        var aggregation = body.TryGetProperty("aggrParams", out var inner) ? inner.ValueKind == JsonValueKind.Object ? inner : throw NgsiLdException.BadRequestData("aggrParams is not an object.") : times;
        var methods = EntityQueryReader.Joined(aggregation, "aggrMethods");
        if (methods is not null && call.Parameter("format") is null && format == EvolutionFormat.Normalized) format = EvolutionFormat.AggregatedValues;
        return Read(
            call, format, hasSysAttrs, name => EntityQueryReader.Text(times, name), last, EntityQueryReader.Joined(body, "attrs"), EntityQueryReader.Joined(body, "pick"), EntityQueryReader.Joined(body, "omit"),
            EntityQueryReader.Text(body, "lang") ?? call.Parameter("lang"), EntityQueryReader.Joined(body, "datasetId"), methods, EntityQueryReader.Text(aggregation, "aggrPeriodDuration"));
    }

    /// <summary>The time of a point by the property asked for; null where it has none.</summary>
    public long? TimeOf(HistoryPoint point) => Property switch
    {
        null => point.Time,
        TimeProperty.ObservedAt => point.Shape.IsObserved ? point.Time : null,
        TimeProperty.DeletedAt => point.Shape.IsDeleted ? point.Time : null,
        TimeProperty.CreatedAt => point.Shape.IsDeleted ? null : point.Created,
        _ => point.Shape.IsDeleted ? null : point.Modified,
    };

    /// <summary>Whether points lie in the order of the property asked for.</summary>
    public bool IsByTime => Property is null or TimeProperty.ObservedAt or TimeProperty.DeletedAt;

    public long From => Times?.From is { } from ? EntityCodec.Microseconds(from) : long.MinValue;

    public long Until => Times?.Until is { } until ? EntityCodec.Microseconds(until) : long.MaxValue;

    private static EvolutionRequest Read(
        NgsiLdCall call, EvolutionFormat format, bool hasSysAttrs, Func<string, string?> time, int? last, string? attrs, string? pick, string? omit, string? languages, string? datasets, string? methods, string? period)
    {
        var (timerel, timeAt, endTimeAt, property) = (time("timerel"), time("timeAt"), time("endTimeAt"), time("timeproperty"));
        var times = timerel is null && timeAt is null && endTimeAt is null ? null : TemporalFilter.Parse(timerel, timeAt, endTimeAt, property);
        var (attributes, picked, omitted) = (
            attrs is null ? null : Projection.Attrs(attrs, call.Context), pick is null ? null : Projection.Pick(pick, call.Context), omit is null ? null : Projection.Omit(omit, call.Context));
        Projection.CheckTogether(picked, omitted, attributes);
        if (attributes?.Hops > 0 || picked?.Hops > 0 || omitted?.Hops > 0) throw NgsiLdException.BadRequestData("The history of linked entities is not told: name attributes without braces.");
        var length = period is null ? default : Period.Parse(period);
        var aggregations = methods is null ? [] : MethodsOf(methods);
        if (format == EvolutionFormat.AggregatedValues && aggregations.Count == 0) throw NgsiLdException.BadRequestData("aggregatedValues needs aggrMethods, such as avg,max.");
        return new()
        {
            Format = format,
            Told = new()
            {
                Format = format == EvolutionFormat.Concise ? EntityFormat.Concise : EntityFormat.Normalized,
                HasSysAttrs = hasSysAttrs,
                Attrs = attributes?.Members,
                Pick = picked?.Members,
                Omit = omitted?.Members,
                Languages = languages is null ? null : RequestLists.Languages(languages),
                Datasets = datasets is null ? null : RequestLists.DatasetIds(datasets),
            },
            Times = times,
            Property = times is null && property is null && last is null ? null : TemporalFilter.ParseProperty(property),
            Last = format == EvolutionFormat.AggregatedValues ? null : last,
            Aggregations = aggregations,
            Period = length,
        };
    }

    private static List<(string, AggregationMethods)> MethodsOf(string text)
    {
        List<(string, AggregationMethods)> found = [];
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var method = Array.Find(Methods, m => m.Name == name);
            if (method.Name is null) throw NgsiLdException.BadRequestData($"aggrMethods has {name}; expected {string.Join(", ", Methods.Select(m => m.Name))}.");
            if (!found.Contains(method)) found.Add(method);
        }
        return found;
    }

    /// <summary>Clause 6.3.20: the parameter format, where it is there, goes before the options.</summary>
    private static (EvolutionFormat Format, bool HasSysAttrs) FormatOf(NgsiLdCall call)
    {
        EvolutionFormat? format = null;
        var hasSysAttrs = false;
        foreach (var option in call.Options)
        {
            if (option == "sysAttrs")
            {
                hasSysAttrs = true;
                continue;
            }
            var told = Named(option) ?? throw NgsiLdException.InvalidRequest($"The option {option} is not known here.");
            if (format is not null && format != told) throw NgsiLdException.InvalidRequest("The options name two formats; only one of temporalValues and aggregatedValues can be given.");
            format = told;
        }
        if (call.Parameter("format") is { } name) format = Named(name) ?? throw NgsiLdException.InvalidRequest($"The format {name} is not known: expected normalized, concise, temporalValues or aggregatedValues.");
        return (format ?? EvolutionFormat.Normalized, hasSysAttrs);
    }

    private static EvolutionFormat? Named(string name) => name switch
    {
        "normalized" => EvolutionFormat.Normalized,
        "concise" => EvolutionFormat.Concise,
        "temporalValues" or "simplified" => EvolutionFormat.TemporalValues,
        "aggregatedValues" => EvolutionFormat.AggregatedValues,
        _ => null,
    };
}
