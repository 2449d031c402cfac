using Michi.CityOs.Queries;

namespace Michi.CityOs.Sources;

/// <summary>Which registrations are meant, ETSI GS CIM 009, clause 5.10.2.4; null members ask for nothing.</summary>
internal sealed record RegistrationQuery
{
    /// <summary>The source may have entities that one of these selects.</summary>
    public IReadOnlyList<EntitySelector>? Selectors { get; init; }

    /// <summary>Expanded; the source may have one of these attributes.</summary>
    public IReadOnlySet<string>? Attributes { get; init; }

    /// <summary>Of the registration's own properties.</summary>
    public QFilter? Q { get; init; }

    public QFilter? SourceFilter { get; init; }

    /// <summary>Of the registration's own places.</summary>
    public GeoFilter? Geo { get; init; }

    public ScopeFilter? Scope { get; init; }

    /// <summary>Null for sources that tell how things are.</summary>
    public TemporalFilter? Time { get; init; }

    /// <summary>Whether the times of what a source tells do not matter.</summary>
    public bool IsAnyTime { get; init; }

    public bool Matches(ContextSourceRegistration registration) =>
        registration.Information.Any(Meets) && (IsAnyTime || IsInTime(registration))
        && Q?.Matches(registration.Described) != false && SourceFilter?.Matches(registration.Described) != false
        && Geo?.Matches(registration.Described) != false && Scope?.Matches(registration.Described.Scopes) != false;

    /// <summary>Whether a part of a registration is for entities and attributes asked for.</summary>
    public bool Meets(SourceInformation information) =>
        (Attributes is null || information.Attributes is null || Attributes.Overlaps(information.Attributes))
        && (Selectors is null || information.Entities is null || information.Entities.Any(e => Selectors.Any(s => Meet(s, e))));

    /// <summary>Whether some entity may both be selected and be of the source.</summary>
    public static bool Meet(EntitySelector selector, SourceEntities entities)
    {
        if (selector.Types is { IsEverything: false } types && entities.Types is not null && !types.Names.Any(entities.Types.Contains)) return false;
        if (selector.Ids is not null)
            return selector.Ids.Any(id => entities.Ids?.Contains(id) != false && entities.IdPattern?.Matches(id) != false);
        // Of two patterns nobody can tell whether they meet.
        return selector.IdPattern is null || entities.Ids is null || entities.Ids.Any(id => selector.IdPattern.Matches(id));
    }

    private bool IsInTime(ContextSourceRegistration registration)
    {
        if (Time is null) return registration.IsLatest;
        var interval = Time.Property == TimeProperty.ObservedAt ? registration.ObservationInterval : registration.ManagementInterval;
        return interval is { } told && !(told.Until < Time.From) && !(told.From >= Time.Until);
    }
}
