using System.Text.Json;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Http.Metadata;
using static Michi.IntegrationTests.Security.RightsScene;

namespace Michi.IntegrationTests.Security;

/// <summary>Every field of every answer of the API with the least right that shows it, as <c>fields.txt</c> has it: a new field fails until somebody has entered who may see it.</summary>
[Collection(nameof(RightsScene))]
public sealed class FieldTests(RightsScene scene)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Objects whose names are data: languages, elements, codes.</summary>
    private static readonly string[] Dictionaries = ["names", "note", "statement", "stages", "scores", "results[].participants", "groups", "elements", "results[].elements[].evidence", "domains"];

    private static readonly (Role Role, Right Right)[] Ladder =
        [(Role.Viewer, Right.ViewPlace), (Role.Assessor, Right.Contribute), (Role.Planner, Right.Plan), (Role.Facilitator, Right.Facilitate), (Role.Owner, Right.ManagePlace)];

    [Fact]
    public async Task Answers_ShowTheFieldsOfTheTableToTheRightsOfTheTable()
    {
        var seen = new SortedDictionary<string, Right>(StringComparer.Ordinal);
        foreach (var door in scene.Doors.Where(d => d.IsApi && d.IsRead && d.IsOfPlace))
            foreach (var (role, right) in Ladder)
                foreach (var place in new[] { Land, City, Open })
                    foreach (var path in await PathsAsync(scene.Visitors.First(v => v.Role == role && v.At == Land).Program, door, scene.Values[place]))
                        seen.TryAdd($"{door.Name} {path}", right);

        foreach (var door in scene.Doors.Where(d => d.IsApi && d.IsRead && d.IsOfPlace))
            foreach (var path in await PathsAsync(scene.Visitors[0].Program, door, scene.Values[Open]))
                Assert.True(seen.TryGetValue($"{door.Name} {path}", out var least) && least == Right.ViewPlace, $"Anybody sees {door.Name} {path}");

        foreach (var door in scene.Doors.Where(d => d.IsApi && d.IsRead && !d.IsOfPlace && !d.Path.EndsWith("openapi.json", StringComparison.Ordinal)))
            foreach (var path in await PathsAsync(scene.Visitors[0].Program, door, new Dictionary<string, string> { ["secret"] = scene.RateSecret }))
                seen.TryAdd($"{door.Name} {path}", Right.Anyone);

        // What sending something answers is shown to whoever may send it.
        foreach (var door in scene.Doors.Where(d => d.IsApi && !d.IsRead))
            foreach (var type in door.Route.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Where(p => p.StatusCode < 300).Select(p => p.Type).OfType<Type>())
                foreach (var path in PathsOf(type, "")) seen.TryAdd($"{door.Name} {path}", door.Right!.Value);

        CheckedTable.AssertKnown("fields.txt", seen.ToDictionary(s => s.Key, s => s.Value.ToString()), scene.Doors.Select(d => d.Name));
    }

    private static async Task<IEnumerable<string>> PathsAsync(HttpClient client, Door door, IReadOnlyDictionary<string, string> values)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        using var answer = await client.GetAsync(door.Address(values, "internal=true&retired=true&q=phnom"), Cancel);
        if (answer.IsSuccessStatusCode && answer.Content.Headers.ContentType?.MediaType == "application/json")
            Walk(JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Cancel)), "", paths);
        return paths;
    }

    private static void Walk(JsonElement value, string path, SortedSet<string> paths)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) Walk(item, $"{path}[]", paths);
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            var isDictionary = Dictionaries.Any(d => path == d || path.EndsWith($".{d}", StringComparison.Ordinal));
            foreach (var property in value.EnumerateObject()) Walk(property.Value, $"{path}{(path.Length > 0 ? "." : "")}{(isDictionary ? "*" : property.Name)}", paths);
        }
        else
        {
            paths.Add(path);
        }
    }

    private static IEnumerable<string> PathsOf(Type type, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(void)) return [];
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type.Namespace == "System" || type == typeof(JsonElement)) return [path];
        if (type.GetInterfaces().Append(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)) is { } dictionary) return PathsOf(dictionary.GetGenericArguments()[1], $"{path}.*");
        if (type.GetInterfaces().Append(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>)) is { } list) return PathsOf(list.GetGenericArguments()[0], $"{path}[]");
        return type.GetProperties().SelectMany(p => PathsOf(p.PropertyType, $"{path}{(path.Length > 0 ? "." : "")}{JsonNamingPolicy.CamelCase.ConvertName(p.Name)}"));
    }
}
