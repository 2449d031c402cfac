using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Invites assessors; each gets a link with a secret that is shown once.</summary>
internal static class InviteAssessors
{
    public const int MaxAtOnce = 50;
    public const int Most = 300;
    public const int MaxName = 100;

    /// <summary>The parts of the quadruple helix, and others.</summary>
    public static readonly string[] Groups = ["public", "private", "academia", "citizen", "other"];

    public sealed record Person(string? Name, string? Group);

    /// <param name="Secret">Stands in the link, <c>/{language}/rate/{secret}</c>. It is kept nowhere: pass it on now.</param>
    public sealed record Invited(Guid Id, string Name, string Group, string Secret);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/{assessment:guid}/assessors", Handle).WithMetadata(new AllowAttribute(Right.Facilitate)).WithSummary("Invite assessors; answers their secrets once").ProducesProblem(422);

    public static async Task<Results<Ok<IReadOnlyList<Invited>>, NotFound, ProblemHttpResult>> Handle(
        Guid assessment, IReadOnlyList<Person> people, HttpContext http, RoundBook book, AssessmentDb db, Reader reader, TimeProvider clock, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(http.Place().Id, assessment, cancel) is not { } found) return TypedResults.NotFound();
        var (invited, refused) = await Execute(found, people, db, reader, clock, cancel);
        return refused.Count > 0 ? Refusal.Problem(refused, words) : TypedResults.Ok(invited);
    }

    public static async Task<(IReadOnlyList<Invited> Invited, IReadOnlyList<Refusal> Refused)> Execute(
        RatedAssessment assessment, IReadOnlyList<Person> people, AssessmentDb db, Reader reader, TimeProvider clock, CancellationToken cancel)
    {
        if (people.Count == 0) return ([], [new("people", "people-missing")]);
        if (people.Count > MaxAtOnce) return ([], [new("people", "people-many", MaxAtOnce)]);
        await using var transaction = await db.LockAsync(assessment.Id, cancel);
        var names = (await db.Assessors.Where(a => a.AssessmentId == assessment.Id && a.RemovedAt == null).Select(a => a.Name).ToListAsync(cancel)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (names.Count + people.Count > Most) return ([], [new("people", "assessors-many", Most)]);
        var refused = new List<Refusal>();
        var invited = new List<Invited>();
        var now = clock.GetUtcNow();
        for (var i = 0; i < people.Count; i++)
        {
            var (name, group) = (people[i].Name?.Trim() ?? "", people[i].Group ?? "");
            if (name.Length is 0 or > MaxName || !IsLine(name)) refused.Add(new("people", "person-name", i + 1, MaxName));
            else if (group.Length == 0) refused.Add(new("people", "person-no-group", i + 1));
            else if (!Groups.Contains(group)) refused.Add(new("people", "person-group", i + 1, group));
            else if (!names.Add(name)) refused.Add(new("people", "person-twice", i + 1, name));
            else invited.Add(new(Guid.CreateVersion7(now), name, group, Secret.New()));
        }
        if (refused.Count > 0) return ([], refused);
        foreach (var one in invited)
            db.Assessors.Add(new() { Id = one.Id, AssessmentId = assessment.Id, Name = one.Name, Group = one.Group, LinkHash = Secret.HashOf(one.Secret), InvitedAt = now });
        db.Record(reader, now, "assessor.invite", assessment.PlaceId, string.Join(", ", invited.Select(i => i.Name)));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return (invited, Refusal.None);
    }

    private static bool IsLine(string name) => Refusal.IsShowable(name) && name.IndexOfAny(['\n', '\t']) < 0;

    /// <summary>Reads one person a line, "name, group"; the group by its id or its name in any language.</summary>
    public static IReadOnlyList<Person> Read(string text, UiTexts texts)
    {
        var groups = Groups.SelectMany(g => texts.Languages.Select(l => (Word: texts.In(l)[$"rounds.groups.{g}"], Id: g)).Append((g, g)))
            .DistinctBy(g => g.Item1, StringComparer.OrdinalIgnoreCase).ToDictionary(g => g.Item1, g => g.Item2, StringComparer.OrdinalIgnoreCase);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(MaxAtOnce + 1).Select(line =>
        {
            var comma = line.LastIndexOfAny([',', '、', '，', '\t']);
            var group = comma < 0 ? "" : line[(comma + 1)..].Trim();
            return new Person(comma < 0 ? line : line[..comma], groups.GetValueOrDefault(group, group));
        })];
    }
}
