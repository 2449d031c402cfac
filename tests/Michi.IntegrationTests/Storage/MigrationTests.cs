using System.Data.Common;
using Michi.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Storage;

/// <summary>Migrations are written by hand; here they are compared with the model, column by column, index by index.</summary>
public sealed class MigrationTests(MichiServer server)
{
    [Theory]
    [InlineData("Michi.Platform.PlatformDb")]
    [InlineData("Michi.Assessment.AssessmentDb")]
    [InlineData("Michi.Roadmap.RoadmapDb")]
    public async Task Migrate_EmptyDatabase_GivesTheTablesOfTheModel(string module)
    {
        await using var migrated = server.Services.CreateAsyncScope();
        var byMigration = Of(migrated, module);
        await using var made = await MichiServer.NewDatabaseAsync();
        await using var scope = made.Services.CreateAsyncScope();
        var byModel = Of(scope, module);
        await byModel.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        var tables = byModel.Model.GetEntityTypes().Select(t => t.GetTableName()!).Distinct().Order(StringComparer.Ordinal).ToList();

        var expected = await SchemaAsync(byModel, tables);

        Assert.True(expected.Count > tables.Count, "No columns were read.");
        Assert.Equal(expected, await SchemaAsync(byMigration, tables));
    }

    [Fact]
    public void Modules_AreAllCompared()
    {
        using var scope = server.Services.CreateScope();
        Assert.Equal(3, scope.ServiceProvider.GetServices<ModuleDb>().Count());
    }

    private static ModuleDb Of(AsyncServiceScope scope, string module) => scope.ServiceProvider.GetServices<ModuleDb>().Single(m => m.GetType().FullName == module);

    private static async Task<List<string>> SchemaAsync(ModuleDb db, IReadOnlyList<string> tables)
    {
        // Defaults are not compared: a migration gives them to rows that were there before a column.
        var queries = db.Database.IsNpgsql()
            ? new[]
            {
                "SELECT 'column', column_name, data_type, is_nullable, is_identity FROM information_schema.columns WHERE table_name = '{0}'",
                "SELECT 'index', indexdef FROM pg_indexes WHERE tablename = '{0}'",
                "SELECT 'constraint', contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '\"{0}\"'::regclass AND contype <> 'n'",
            }
            :
            [
                "SELECT 'column', name, type, \"notnull\", pk FROM pragma_table_info('{0}')",
                "SELECT 'index', name, \"unique\", origin, (SELECT group_concat(name) FROM pragma_index_info(list.name)) FROM pragma_index_list('{0}') list",
                "SELECT 'foreign key', \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list('{0}')",
                "SELECT 'autoincrement', sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name = '{0}'",
            ];
        await db.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        foreach (var table in tables)
            foreach (var query in queries)
                lines.AddRange((await RowsAsync(db.Database.GetDbConnection(), string.Format(System.Globalization.CultureInfo.InvariantCulture, query, table))).Select(row => $"{table} {row}"));
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    internal static async Task<List<string>> RowsAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) is byte[] bytes ? Convert.ToHexString(bytes) : $"{reader.GetValue(i)}")));
        return rows;
    }
}
