namespace Michi.Assessment.Evidence;

/// <summary>Whose evidence is shown to somebody.</summary>
/// <param name="Places">Places whose public evidence is shown.</param>
/// <param name="Internal">Places whose internal evidence is shown too.</param>
internal sealed record EvidenceAudience(IReadOnlySet<Guid> Places, IReadOnlySet<Guid> Internal)
{
    public bool Sees(PlacedEvidence evidence) => (evidence.Item.IsInternal ? Internal : Places).Contains(evidence.Place.Id);
}
