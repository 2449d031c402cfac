using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Roadmap.Migrations;

[DbContext(typeof(RoadmapDb))]
[Migration("20261127_CreateRoadmapFollowUp")]
internal sealed class CreateFollowUp : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("roadmap_progress", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Initiative = t.Column<string>(),
            Quarter = t.Column<string>(),
            Facts = t.Column<string>(),
            IsDemonstration = t.Column<bool>(),
            Version = t.Column<int>(),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_progress", p => p.Id));
        migrationBuilder.CreateIndex("IX_roadmap_progress_PlaceId_Initiative_Quarter", "roadmap_progress", ["PlaceId", "Initiative", "Quarter"], unique: true);

        migrationBuilder.CreateTable("roadmap_gatedecisions", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Initiative = t.Column<string>(),
            From = t.Column<string>(),
            To = t.Column<string>(),
            Reason = t.Column<string>(),
            At = t.Column<long>(),
            By = t.Column<string>(),
            IsDemonstration = t.Column<bool>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_gatedecisions", d => d.Id));
        migrationBuilder.CreateIndex("IX_roadmap_gatedecisions_PlaceId_Initiative", "roadmap_gatedecisions", ["PlaceId", "Initiative"]);

        migrationBuilder.CreateTable("roadmap_signals", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Facts = t.Column<string>(),
            ScenarioId = t.Column<Guid>(),
            At = t.Column<long>(),
            By = t.Column<string>(),
            IsDemonstration = t.Column<bool>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_signals", s => s.Id));
        migrationBuilder.CreateIndex("IX_roadmap_signals_PlaceId", "roadmap_signals", "PlaceId");
    }
}
