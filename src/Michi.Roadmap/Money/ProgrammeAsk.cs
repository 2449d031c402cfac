using Michi.Approach;
using Michi.Assessment.Profiles;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Money;

/// <summary>A support programme, and what of the plan it may be asked to help with.</summary>
/// <param name="For">Initiatives that lift an element in which the place has a gap that the programme answers, with those elements.</param>
internal sealed record ProgrammeAsk(Programme Programme, IReadOnlyList<ProgrammeFor> For)
{
    /// <summary>The programmes of a diagnosis that fit a plan, those that help with most first.</summary>
    public static IReadOnlyList<ProgrammeAsk> Of(Diagnosis diagnosis, IReadOnlyList<ScheduledInitiative> schedule) =>
        [.. diagnosis.Programmes.Select(p => new ProgrammeAsk(p.Programme, [.. schedule.Select(i => new ProgrammeFor(i,
                [.. p.Gaps.Select(g => g.Element.Element.Id).Where(e => i.Facts.Lifts.Any(l => l.Holds && l.Element == e))],
                [.. i.Facts.Support.Where(s => s.Programme == p.Programme.Id)]))
            .Where(f => f.Elements.Count > 0 || f.Requests.Count > 0)]))
            .Where(a => a.For.Count > 0).OrderByDescending(a => a.For.Count)];
}

/// <summary>An initiative a programme may help with.</summary>
/// <param name="Elements">Elements it lifts that the programme answers.</param>
/// <param name="Requests">What the planner has noted down to ask.</param>
internal sealed record ProgrammeFor(ScheduledInitiative Initiative, IReadOnlyList<string> Elements, IReadOnlyList<SupportRequest> Requests);
