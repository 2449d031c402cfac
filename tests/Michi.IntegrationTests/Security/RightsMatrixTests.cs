using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Michi.Platform.Accounts;
using static Michi.IntegrationTests.Security.RightsScene;

namespace Michi.IntegrationTests.Security;

/// <summary>Every visitor × every place × every door: what is opened, what is refused, and how; and that no answer tells anybody what they may not know.</summary>
/// <remarks>The doors come from the routes. What each asks for stands in <c>rights.txt</c>: a new one fails until somebody has entered it there.</remarks>
[Collection(nameof(RightsScene))]
public sealed partial class RightsMatrixTests(RightsScene scene)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Dictionary<string, Right> Rights { get; } = CheckedTable.Read("rights.txt").ToDictionary(r => r.Key, r => Enum.Parse<Right>(r.Value));

    [Fact]
    public void Doors_StandInTheTableWithTheirRights() =>
        CheckedTable.AssertSame("rights.txt", scene.Doors.ToDictionary(d => d.Name, d => d.Right?.ToString() ?? "Undeclared"));

    [Fact]
    public async Task Visit_EveryDoorOfAPlace_IsOpenedOrRefusedAsTheTableSays()
    {
        var faults = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(scene.Visitors.Where(v => v.At != Everywhere), new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Cancel }, async (visitor, _) =>
        {
            foreach (var door in scene.Doors.Where(d => d.IsOfPlace && (d.IsApi || !(visitor.IsRevoked || visitor.IsReadOnly))))
            {
                string? missing = null;
                foreach (var place in PlacesOf(visitor))
                {
                    foreach (var (values, query) in VisitsOf(door, place))
                    {
                        using var request = door.Request(values, visitor.FormToken, query);
                        var answer = await (door.IsApi ? visitor.Program : visitor.Browser).SendAsync(request, Cancel);
                        var body = Encoding.UTF8.GetString(await scene.ReadAsync(visitor, $"{door} of {place}", answer));
                        var (fate, expected) = (FateOf(answer, door), Expected(visitor, door, place));
                        // An opened door may lead to something that is not there; no place of the scene has everything.
                        if (fate != expected && !(expected == Fate.Opened && fate == Fate.Missing)) faults.Enqueue($"{visitor}: {door} of {place}: {fate} ({(int)answer.StatusCode}) instead of {expected}");
                        if (expected != Fate.Missing && !visitor.IsRevoked) continue;
                        var told = $"{answer.StatusCode} {answer.Content.Headers.ContentType} {OwnWords().Replace(body, "").Replace(place, "", StringComparison.Ordinal)}";
                        if (place == Missing) missing ??= told;
                        else if (query.Length == 0 && told != missing) faults.Enqueue($"{visitor}: {door} of {place} is told apart from a place that is not");
                    }
                }
            }
        });

        Assert.True(faults.IsEmpty, $"{faults.Count} faults:\n{string.Join('\n', faults.Order(StringComparer.Ordinal).Take(60))}");
        Assert.True(scene.Leaks.IsEmpty, $"{scene.Leaks.Count} leaks:\n{string.Join('\n', scene.Leaks.Distinct().Order(StringComparer.Ordinal).Take(60))}");
        Assert.True(scene.Unsafe.IsEmpty, $"{scene.Unsafe.Count} unsafe answers:\n{string.Join('\n', scene.Unsafe.Distinct().Order(StringComparer.Ordinal).Take(60))}");
        // The words were there to be found.
        Assert.DoesNotContain(Unread(), w => !w.StartsWith(RightsScene.Account, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Visit_EveryOtherDoor_IsOpenedOrRefusedAsTheTableSays()
    {
        var faults = new List<string>();
        var secrets = new Dictionary<string, string> { ["secret"] = scene.RateSecret };
        foreach (var visitor in scene.Visitors)
        {
            // Signing in and out has tests of its own, and would end the visit.
            foreach (var door in scene.Doors.Where(d => !d.IsOfPlace && (d.IsApi || !(visitor.IsRevoked || visitor.IsReadOnly)) && !d.Path.Contains("/sign-", StringComparison.Ordinal) && !d.Path.StartsWith("/error", StringComparison.Ordinal)))
            {
                if (door.Path.Contains("/shared/", StringComparison.Ordinal)) secrets["secret"] = scene.SharedSecret;
                else secrets["secret"] = door.IsRead ? scene.RateSecret : "x";
                using var request = door.Request(secrets, visitor.FormToken);
                var answer = await (door.IsApi ? visitor.Program : visitor.Browser).SendAsync(request, Cancel);
                // Whoever holds a link sees what it shows; that is what it is for.
                if (!door.Path.Contains("{secret}", StringComparison.Ordinal)) await scene.ReadAsync(visitor, door.Name, answer);
                var right = Rights[door.Name];
                var fate = FateOf(answer, door);
                var expected = visitor.IsRevoked ? Fate.SignIn : May(visitor, right, "") && !(visitor.IsReadOnly && !door.IsRead && right != Right.Anyone) ? Fate.Opened : visitor.IsSignedIn ? Fate.Forbidden : Fate.SignIn;
                // Places are added by owners; of what they own.
                if (door.Path.EndsWith("/places/new", StringComparison.Ordinal) && visitor is { IsSignedIn: true, Role: not Role.Owner }) expected = Fate.Forbidden;
                if (fate != expected && !(expected == Fate.Opened && fate == Fate.Missing)) faults.Add($"{visitor}: {door}: {fate} ({(int)answer.StatusCode}) instead of {expected}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.True(scene.Leaks.IsEmpty, string.Join('\n', scene.Leaks.Distinct().Take(60)));
        Assert.True(scene.Unsafe.IsEmpty, string.Join('\n', scene.Unsafe.Distinct().Take(60)));
        Assert.DoesNotContain(Unread(), w => w.StartsWith(RightsScene.Account, StringComparison.Ordinal));
    }

    private IEnumerable<string> Unread() => scene.Words.Where(w => scene.Visitors.Any(w.MayRead) && !scene.WasRead.ContainsKey(w.What)).Select(w => w.What);

    /// <summary>Where a visitor goes. A role at the country shows its whole reach by the least and the most of the roles; the others prove what the city inherits.</summary>
    private static string[] PlacesOf(Visitor visitor) => visitor switch
    {
        { Role: Role.Viewer, IsReadOnly: false } when visitor.At == Land => [Missing, Land, City, Open],
        { Role: Role.Owner, IsReadOnly: false } when visitor.At == Land => [Missing, Land, City, Sibling, Open],
        _ when visitor.At == Land => [Missing, City],
        { Role: Role.Assessor or Role.Facilitator } => [Missing, Land, City, Sibling],
        _ => [Missing, Land, City, Sibling, Open],
    };

    /// <summary>Each door is visited plainly; reading ones also with what asks for the most.</summary>
    private IEnumerable<(IReadOnlyDictionary<string, string> Values, string Query)> VisitsOf(Door door, string place)
    {
        var values = scene.Values[place];
        yield return (values, "");
        if (!door.IsRead || place == Missing) yield break;
        if (door.Inputs.Any(i => i is "internal" or "withInternal" or "WithInternal" or "retired" or "WithRetired")) yield return (values, "internal=true&retired=true");
        if ((place == City || place == Open) && (door.Path.Contains("export", StringComparison.Ordinal) || door.Path.EndsWith("/report", StringComparison.Ordinal)))
            foreach (var format in new[] { "json", "csv", "xlsx", "html" }) yield return (values, $"format={format}&internal=true");
        if (door.Path.EndsWith("/entities/entity", StringComparison.Ordinal)) yield return (values, $"id=urn:x:entity-{place}&format=csv");
        if (!values.ContainsKey("code") || door.Route.RoutePattern.GetParameter("code") is null) yield break;
        foreach (var kind in new[] { "public", "inside" })
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"bytes-{place}-{kind}")));
            yield return (new Dictionary<string, string>(values) { ["code"] = $"{place}-{kind}" }, $"sha256={hash}");
        }
    }

    private enum Fate
    {
        Opened,
        SignIn,
        Forbidden,
        Missing,
        Broken,
    }

    private static Fate FateOf(HttpResponseMessage answer, Door door) => answer.StatusCode switch
    {
        HttpStatusCode.Unauthorized => Fate.SignIn,
        HttpStatusCode.Forbidden => Fate.Forbidden,
        HttpStatusCode.NotFound => Fate.Missing,
        HttpStatusCode.Redirect when !door.IsApi && answer.Headers.Location!.OriginalString.Contains("/sign-in?back=", StringComparison.Ordinal) => Fate.SignIn,
        >= HttpStatusCode.InternalServerError => Fate.Broken,
        _ => Fate.Opened,
    };

    private static Fate Expected(Visitor visitor, Door door, string place)
    {
        if (visitor.IsRevoked) return Fate.SignIn;
        if (!May(visitor, Right.ViewPlace, place)) return Fate.Missing;
        var right = Rights[door.Name];
        if (May(visitor, right, place) && !(visitor.IsReadOnly && !door.IsRead)) return Fate.Opened;
        return visitor.IsSignedIn ? Fate.Forbidden : Fate.SignIn;
    }

    // What differs from one answer to the next all the same: the token of a form, and the address to come back to after signing in.
    [GeneratedRegex("(?<=__RequestVerificationToken\" type=\"hidden\" value=\"|/sign-in\\?back=)[^\"]+")]
    private static partial Regex OwnWords();
}
